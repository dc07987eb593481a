// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import SystemPackage

/// A cell with what it is made of: the same key, the same verdict.
package struct IdentifiedCell: Sendable {
    package let cell: Cell
    package let key: CellKey
    /// Cells of one lane are built in the same folders, one after the other.
    package let lane: String
    /// What the tree is called, e.g. `v5.10.262`.
    package let treeName: String
    /// Why nothing can be judged, with what became of it; nil if something can.
    package let refusal: Refusal?
    /// Memory that a run of it takes at most, in MiB.
    package let memoryMiB: Int
    /// Where a node gets the tree; nil for one that is a path.
    package let source: CellInputs.Source?

    package struct Refusal: Sendable, Equatable {
        package let verdict: CellVerdict
        package let reason: String

        package init(_ verdict: CellVerdict, _ reason: String) {
            self.verdict = verdict
            self.reason = reason
        }
    }

    package init(
        cell: Cell,
        key: CellKey,
        lane: String,
        treeName: String,
        refusal: Refusal? = nil,
        memoryMiB: Int = 0,
        source: CellInputs.Source? = nil
    ) {
        self.cell = cell
        self.key = key
        self.lane = lane
        self.treeName = treeName
        self.refusal = refusal
        self.memoryMiB = memoryMiB
        self.source = source
    }
}

/// The address of a verdict: git's hash over everything that it depends on.
package struct CellKey: Sendable, Hashable, Codable, CustomStringConvertible {
    /// 40 hexadecimal digits.
    package let description: String

    /// - Parameter parts: what the verdict depends on, in an order that doesn't change.
    package init(of parts: [String]) throws(GitError) {
        // The number of bytes comes first: no part can pass for two.
        let text = parts.map { "\($0.utf8.count) \($0)\n" }.joined()
        description = try ObjectID.ofBlob(Array(text.utf8)).description
    }

    /// Nil for anything but 40 small hexadecimal digits: a key names a folder.
    package init?(_ text: String) {
        guard text.utf8.count == 40,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        description = text
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let key = CellKey(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a key")
        }
        self = key
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Who finds out what cells are made of, and judges them.
package protocol CellJudge: Sendable {
    /// What each cell is made of; nothing is built. Throws for cells that nobody can judge: unknown variants, trees.
    func identify(_ cells: [Cell]) async throws -> [IdentifiedCell]

    /// Builds, boots and judges, and puts what is to be kept into `folder`, but for `cell.json`.
    ///
    /// - Parameter jobs: how many compilers may run at once; nil: as many as there are processors.
    func judge(_ cell: IdentifiedCell, jobs: Int?, into folder: FilePath) async throws -> Judgement
}

/// What came of judging a cell.
package struct Judgement: Sendable {
    package let verdict: CellVerdict
    /// Why, where there is no report; nil otherwise.
    package let reason: String?
    /// The commit that was built; nil if none was.
    package let commit: String?

    package init(_ verdict: CellVerdict, reason: String? = nil, commit: String? = nil) {
        self.verdict = verdict
        self.reason = reason
        self.commit = commit
    }
}
