// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage

/// Two ranges of commits side by side, by `git range-diff`: libgit2 has nothing like it.
public struct RangeDiff: Sendable {
    /// The commits after `base` up to `tip`, in hex.
    public struct Range: Sendable, Hashable {
        public let base: String
        public let tip: String

        public init(base: String, tip: String) {
            self.base = base
            self.tip = tip
        }
    }

    let repository: FilePath

    /// - Parameter repository: a bare repository that has the commits, itself or by its alternates.
    public init(repository: FilePath) {
        self.repository = repository
    }

    /// Whether no commit is in the range.
    public func isEmpty(_ range: Range) async throws(ToolError) -> Bool {
        try await GitTool(repository: repository)([
            "rev-list", "--max-count=1", "\(range.base)..\(range.tip)",
        ])
        .required().output.isEmpty
    }

    /// What git prints; no configuration and no variable of the user's changes it.
    ///
    /// - Parameter creationFactor: per cent of a patch's size up to which two patches count as one that changed.
    public func text(
        from old: Range,
        to new: Range,
        color: Bool,
        creationFactor: Int
    ) async throws(ToolError) -> [UInt8] {
        try await GitTool(repository: repository)([
            "range-diff", color ? "--color=always" : "--color=never", "--creation-factor=\(creationFactor)",
            "\(old.base)..\(old.tip)", "\(new.base)..\(new.tip)",
        ]).required().output
    }
}
