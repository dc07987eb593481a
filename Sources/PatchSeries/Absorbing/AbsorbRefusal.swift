// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Why an edit of a generated file can't go back into the templates.
public struct AbsorbRefusal: Error, Sendable {
    /// In the generated file.
    public let place: SourcePosition
    /// What is in the way.
    public let reason: String
    /// The places in templates that it is about, and what helps.
    public let notes: [String]
}

/// Where an edit goes that could go to two places of the templates.
public enum AbsorbPreference: String, Sendable, CaseIterable {
    /// Where fewer selections have it: inside the condition, into the fragment.
    case own
    /// Where more selections have it.
    case shared
}
