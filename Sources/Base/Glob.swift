// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// Patterns with `*`, `?` and `[…]`, as fnmatch(3) has them without flags: `*` matches a slash, too.
public enum Glob {
    /// Whether the whole of `text` matches.
    public static func matches(_ pattern: String, _ text: String) -> Bool { fnmatch(pattern, text, 0) == 0 }
}
