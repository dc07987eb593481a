// SPDX-License-Identifier: GPL-2.0-only

import Judging
import PatchSeries

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
        let refusal: String?
        let isFailed: Bool
    }

    let tree: String
    let fixed: Bool
    let compiled: Bool
    let rows: [RowOutput]
    let failed: Int

    private let results: [CombinationResult]

    private enum CodingKeys: String, CodingKey {
        case tree, fixed, compiled, rows, failed
    }

    init(_ results: [CombinationResult], tree: String, isFixed: Bool, isCompiled: Bool) {
        self.tree = tree
        fixed = isFixed
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
                refusal: $0.refusal,
                isFailed: $0.isFailed
            )
        }
    }

    var sentence: String {
        let kind = fixed ? "rows without a defect" : "rows"
        let work = compiled ? "rendered and compiled" : "rendered"
        let warnings = results.reduce(0) { $0 + $1.newWarnings.count }
        let refused = results.count { $0.refusal != nil }
        let upstream = refused == 0 ? "" : ", \(refused) refused alongside what the tree has"
        return
            "\(tree): \(results.count - refused) \(kind) \(work), \(failed) failed, \(warnings) new warnings\(upstream)"
    }

    var markdown: [String] {
        ["## \(fixed ? "No defect put back" : "All values"), \(tree)", "", sentence + ".", ""]
            + ["| row | result | patches | files | defects | arguments |", "|---|---|---|---|---|---|"]
            + results.map { result in
                let cells =
                    [result.number, result.patches, result.files, result.row.defects.count].map(String.init)
                return "| \(cells[0]) | \(result.verdict) | \(cells[1]) | \(cells[2]) | \(cells[3]) "
                    + "| `\(result.row.arguments)` |"
            }
    }
}
