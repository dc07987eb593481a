// SPDX-License-Identifier: GPL-2.0-only

import Base
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
    /// - Parameter color: whether it goes to a terminal that shows colours. Git puts them between the tree's own text, which
    ///   must not bring sequences of its own: with such there is no colour, and they are named.
    /// - Parameter creationFactor: per cent of a patch's size up to which two patches count as one that changed.
    public func text(
        from old: Range,
        to new: Range,
        color: Bool,
        creationFactor: Int
    ) async throws(ToolError) -> [UInt8] {
        func text(_ color: String) async throws(ToolError) -> [UInt8] {
            try await GitTool(repository: repository)([
                "range-diff", "--color=\(color)", "--creation-factor=\(creationFactor)",
                "\(old.base)..\(old.tip)", "\(new.base)..\(new.tip)",
            ]).required().output
        }
        let plain = try await text("never")
        guard color else { return plain }
        return TerminalText.isSafe(plain) ? try await text("always") : TerminalText.safe(plain)
    }
}
