// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries

/// What one verdict is about: a selection of a series, on a tree, built by a profile, judged by a judge.
package struct Cell: Sendable, Hashable, Codable {
    /// The series' name, or the path of its folder.
    package var series: String
    package var variant: String
    /// `option=value`, as for --set, in the user's order.
    package var settings: [String]
    /// A path or the name of a local tree.
    package var tree: String
    /// The commit to generate on; nil for the tree's own.
    package var base: String?
    package var profile: String
    package var judge: Judge
    /// How many of the series' patches, from the first; nil: all.
    package var patches: Int?

    package init(
        series: String,
        variant: String,
        settings: [String] = [],
        tree: String,
        base: String? = nil,
        profile: String,
        judge: Judge = .suite(tests: nil),
        patches: Int? = nil
    ) {
        self.series = series
        self.variant = variant
        self.settings = settings
        self.tree = tree
        self.base = base
        self.profile = profile
        self.judge = judge
        self.patches = patches
    }

    /// Variant and settings: what is asked of each tree.
    package var row: String {
        let part = patches.map { ["(\($0) of its patches)"] } ?? []
        return ([variant] + settings + part).joined(separator: " ")
    }
    /// Tree and base: what it is asked of.
    package var ground: String { base.map { "\(tree) \($0)" } ?? tree }
    /// Everything but the row.
    package var column: String { ([ground, profile] + judge.words).joined(separator: ", ") }

    /// What people call it, and by what two matrices are compared. The series is not in it where it is the usual one.
    package var name: String { "\(row), \(column)" }
}

/// Who judges a cell.
package enum Judge: Sendable, Hashable {
    /// The series' own tests; nil: all of them.
    case suite(tests: String?)
    /// The tree's own KVM selftests that match.
    case selftests(String)
    /// Nobody: nothing is built or booted, and each report says so. For trying out engines, pages and histories without
    /// kernels. Globs over the cell's name, with `|` between them, say which of them fail.
    case fake(failing: String?)

    /// `suite`, `suite:GLOB`, `selftests:GLOB`, `fake`, `fake:GLOB`.
    package init(parsing text: String) throws(MatrixError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("suite", _): self = .suite(tests: parts.count == 2 ? parts[1] : nil)
        case ("selftests", 2): self = .selftests(parts[1])
        case ("fake", _): self = .fake(failing: parts.count == 2 ? parts[1] : nil)
        default:
            throw .input(
                "no judge '\(text.onOneLine)'; there are suite, suite:GLOB and selftests:GLOB, such as 'selftests:kvm/x86/sev_*'"
            )
        }
    }

    /// What names it next to the profile; nothing for the whole suite.
    var words: [String] {
        switch self {
        case .suite(nil): []
        // What is planted is no part of a name: two such matrices are to be compared.
        case .fake: ["fake"]
        case _: [description]
        }
    }
}

extension Judge: CustomStringConvertible {
    package var description: String {
        switch self {
        case .suite(nil): "suite"
        case .suite(let glob?): "suite:\(glob)"
        case .selftests(let glob): "selftests:\(glob)"
        case .fake(nil): "fake"
        case .fake(let glob?): "fake:\(glob)"
        }
    }
}

extension Judge: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Why a matrix can't be had.
package enum MatrixError: Blamed, Equatable {
    /// Flags, a file or a folder are not what they must be.
    case input(String)
    /// The machine, an engine or a node failed.
    case engine(String)

    package var fault: Fault {
        switch self {
        case .input: .user
        case .engine: .infrastructure
        }
    }

    package var description: String {
        switch self {
        case .input(let text), .engine(let text): text
        }
    }
}
