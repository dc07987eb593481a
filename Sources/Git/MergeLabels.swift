// SPDX-License-Identifier: GPL-2.0-only

/// The names of the sides, as conflict markers show them.
public struct MergeLabels: Sendable, Hashable {
    /// Behind `|||||||`.
    public var ancestor: String
    /// Behind `<<<<<<<`.
    public var ours: String
    /// Behind `>>>>>>>`.
    public var theirs: String

    /// Names for the three sides.
    public init(ancestor: String = "ancestor", ours: String = "ours", theirs: String = "theirs") {
        self.ancestor = ancestor
        self.ours = ours
        self.theirs = theirs
    }
}
