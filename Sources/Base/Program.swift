// SPDX-License-Identifier: GPL-2.0-only

/// This program, as mails, notes and reports name it.
public enum Program {
    /// Of the release (semver.org).
    public static let version = "0.1.0"
    /// Name and version.
    public static let signature = "kpatch-gen \(version)"
}
