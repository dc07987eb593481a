// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import PatchSeries

/// Tries combinations of options on one tree, one after the other.
package struct CombinationTrial {
    package let loaded: LoadedSeries
    package let tests: GuestTests
    /// Compiles; nil to render only.
    package let maker: KernelMaker?

    package init(loaded: LoadedSeries, tests: GuestTests, maker: KernelMaker?) {
        self.loaded = loaded
        self.tests = tests
        self.maker = maker
    }

    /// - Parameter report: told of each row as it is done.
    package func run(
        _ rows: [Combinations.Row],
        on base: borrowing BaseCommit,
        report: (CombinationResult) throws -> Void
    ) async throws -> [CombinationResult] {
        guard let maker else { return try await attempt(rows, on: base, report: report) }
        return try await maker.withLock { try await attempt(rows, on: base, report: report) }
    }

    private func attempt(
        _ rows: [Combinations.Row],
        on base: borrowing BaseCommit,
        report: (CombinationResult) throws -> Void
    ) async throws -> [CombinationResult] {
        var results: [CombinationResult] = []
        for (index, row) in rows.enumerated() {
            try Task.checkCancellation()
            let result = try await attempt(row, number: index + 1, on: base)
            try report(result)
            results.append(result)
        }
        return results
    }

    private func attempt(_ row: Combinations.Row, number: Int, on base: borrowing BaseCommit)
        async throws
        -> CombinationResult
    {
        var result = CombinationResult(number: number, row: row)
        do {
            let generation = try render(row, on: base)
            result.patches = generation.commits.count
            result.files = Set(generation.commits.flatMap(\.files)).count
            if let maker {
                let built = try await maker.build(generation, on: base, goal: .kvmObjects)
                result.newWarnings = built.newWarnings.map(\.description)
            }
        } catch let error as any Blamed {
            guard [.verdict, .tree, .user].contains(error.fault) else { throw error }
            if (error as? SeriesError)?.kind == .upstream {
                result.refusal = error.description
            } else {
                result.error = error.description
            }
        }
        return result
    }

    /// The patches and the guest tests of a row.
    private func render(_ row: Combinations.Row, on base: borrowing BaseCommit) throws -> GeneratedSeries {
        let selection = try Selection(variant: row.variant, settings: row.settings, of: loaded.series)
        let generation = try base.generate(loaded, selection)
        for patch in generation.rendered.patches {
            for file in patch.files { try requireNoNames(file.bytes, file.path) }
            try requireNoNames(patch.message, "\(patch.folder)/message.txt")
        }
        let settled = generation.rendered.settled
        for program in tests.programs(for: settled) {
            let path = "tests/\(program.source)"
            let template = Template(path: path, bytes: loaded.files[path] ?? [])
            _ = try settled.render(template)
        }
        return generation
    }

    /// A name that comes out of another one's value, or of a comment, is no less wrong.
    private func requireNoNames(_ bytes: [UInt8], _ path: String) throws {
        for word in ["KPATCH_", "kpatch: "] where bytes.firstRange(of: Array(word.utf8)) != nil {
            throw Failure(.verdict, "\(path): '\(word)' is left in the result")
        }
    }
}

/// What became of one combination.
package struct CombinationResult {
    package let number: Int
    package let row: Combinations.Row
    package var patches = 0
    package var files = 0
    package var newWarnings: [String] = []
    package var error: String?
    /// Why the row can't stand alongside what the tree has already: nothing that is wrong with it.
    package var refusal: String?

    package init(number: Int, row: Combinations.Row) {
        self.number = number
        self.row = row
    }

    /// A defect that is put back may show as a warning; that is what it is put back for.
    package var isFailed: Bool { error != nil || (row.defects.isEmpty && !newWarnings.isEmpty) }

    package var verdict: String {
        if error != nil { return "failed" }
        if refusal != nil { return "refused" }
        let count = newWarnings.count
        let warnings = count == 0 ? "" : ", " + counted(count, "new warning")
        return (isFailed ? "failed" : "ok") + warnings
    }

    /// Some lines for people: the row, and what is wrong with it.
    package var line: String {
        if let refusal {
            return "\(number): \(verdict): \(refusal.split(separator: "\n").last?.trimmed ?? "")"
        }
        let head = "\(number): \(verdict); \(patches) patches, \(files) files, \(row.defects.count) defects"
        let details = isFailed ? ["    \(row.arguments)"] : []
        let lines = (error.map { [$0] } ?? newWarnings).flatMap { $0.split(separator: "\n") }
        return ([head] + details + lines.map { "    \($0)" }).joined(separator: "\n")
    }
}
