// SPDX-License-Identifier: GPL-2.0-only

import Git
import Kernel
import PatchSeries

/// Tries combinations of options on one tree, one after the other.
struct CombinationTrial {
    let loaded: LoadedSeries
    let tests: GuestTests
    /// How to compile; nil to render only.
    let plan: KernelPlan?

    /// - Parameter report: told of each row as it is done.
    func run(
        _ rows: [Combinations.Row],
        on tree: borrowing OpenTree,
        report: (CombinationResult) throws(Failure) -> Void
    ) async throws(Failure) -> [CombinationResult] {
        var results: [CombinationResult] = []
        for (index, row) in rows.enumerated() {
            guard !Task.isCancelled else { throw Failure(.interrupted, "interrupted") }
            let result = try await attempt(row, number: index + 1, on: tree)
            try report(result)
            results.append(result)
        }
        return results
    }

    private func attempt(_ row: Combinations.Row, number: Int, on tree: borrowing OpenTree)
        async throws(Failure)
        -> CombinationResult
    {
        var result = CombinationResult(number: number, row: row)
        do throws(Failure) {
            let generation = try render(row, on: tree)
            result.patches = generation.commits.count
            result.files = Set(generation.commits.flatMap(\.files)).count
            if let plan {
                let built = try await tree.build(generation, plan, goal: .kvmObjects)
                result.newWarnings = built.newWarnings.map(\.description)
            }
        } catch {
            guard [.negative, .tree, .usage].contains(error.status) else { throw error }
            result.error = error.description
        }
        return result
    }

    /// The patches and the guest tests of a row.
    private func render(_ row: Combinations.Row, on tree: borrowing OpenTree) throws(Failure) -> Generation {
        do {
            let selection = try Selection(variant: row.variant, settings: row.settings, of: loaded.series)
            let generation = try tree.generate(loaded, selection)
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
        } catch {
            throw Failure(error)
        }
    }

    /// A name that comes out of another one's value, or of a comment, is no less wrong.
    private func requireNoNames(_ bytes: [UInt8], _ path: String) throws(Failure) {
        for word in ["KPATCH_", "kpatch: "] where bytes.firstRange(of: Array(word.utf8)) != nil {
            throw Failure(.negative, "\(path): '\(word)' is left in the result")
        }
    }
}

/// What became of one combination.
struct CombinationResult {
    let number: Int
    let row: Combinations.Row
    var patches = 0
    var files = 0
    var newWarnings: [String] = []
    var error: String?

    init(number: Int, row: Combinations.Row) {
        self.number = number
        self.row = row
    }

    /// A defect that is put back may show as a warning; that is what it is put back for.
    var isFailed: Bool { error != nil || (row.defects.isEmpty && !newWarnings.isEmpty) }

    var verdict: String {
        if error != nil { return "failed" }
        let count = newWarnings.count
        let warnings = count == 0 ? "" : ", \(count) new warning\(count == 1 ? "" : "s")"
        return (isFailed ? "failed" : "ok") + warnings
    }

    /// Some lines for people: the row, and what is wrong with it.
    var line: String {
        let head = "\(number): \(verdict); \(patches) patches, \(files) files, \(row.defects.count) defects"
        let details = isFailed ? ["    \(row.arguments)"] : []
        let lines = (error.map { [$0] } ?? newWarnings).flatMap { $0.split(separator: "\n") }
        return ([head] + details + lines.map { "    \($0)" }).joined(separator: "\n")
    }
}

/// A whole run, for JSON and for docs/combinations.md.
struct CombinationSummary: Encodable {
    struct RowOutput: Encodable {
        let variant: String
        let settings: [Setting]
        let defects: [Setting]
        let patches: Int
        let files: Int
        let newWarnings: [String]
        let error: String?
        let isFailed: Bool
    }

    let tree: String
    let mended: Bool
    let compiled: Bool
    let rows: [RowOutput]
    let failed: Int

    private let results: [CombinationResult]

    private enum CodingKeys: String, CodingKey {
        case tree, mended, compiled, rows, failed
    }

    init(_ results: [CombinationResult], tree: String, isMended: Bool, isCompiled: Bool) {
        self.tree = tree
        mended = isMended
        compiled = isCompiled
        self.results = results
        failed = results.count(where: \.isFailed)
        rows = results.map {
            RowOutput(
                variant: $0.row.variant,
                settings: $0.row.settings,
                defects: $0.row.defects,
                patches: $0.patches,
                files: $0.files,
                newWarnings: $0.newWarnings,
                error: $0.error,
                isFailed: $0.isFailed
            )
        }
    }

    var sentence: String {
        let kind = mended ? "rows without a defect" : "rows"
        let work = compiled ? "rendered and compiled" : "rendered"
        let warnings = results.reduce(0) { $0 + $1.newWarnings.count }
        return "\(tree): \(results.count) \(kind) \(work), \(failed) failed, \(warnings) new warnings"
    }

    var markdown: [String] {
        ["## \(mended ? "No defect put back" : "All values"), \(tree)", "", sentence + ".", ""]
            + ["| row | result | patches | files | defects | arguments |", "|---|---|---|---|---|---|"]
            + results.map { result in
                let cells =
                    [result.number, result.patches, result.files, result.row.defects.count].map(String.init)
                return "| \(cells[0]) | \(result.verdict) | \(cells[1]) | \(cells[2]) | \(cells[3]) "
                    + "| `\(result.row.arguments)` |"
            }
    }
}
