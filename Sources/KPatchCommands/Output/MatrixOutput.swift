// SPDX-License-Identifier: GPL-2.0-only

import Base
import Matrix
import SystemPackage

/// What `matrix --format json` writes.
struct MatrixOutput: Encodable {
    struct Row: Encodable {
        let name: String
        let key: String
        let series: String
        let variant: String
        let settings: [String]
        let tree: String
        let base: String?
        let profile: String
        let judge: String
        let verdict: CellVerdict
        let reason: String?
        let isKnown: Bool
        let milliseconds: Int?
        let folder: String?

        init(_ outcome: CellOutcome, _ store: ResultStore) {
            let cell = outcome.cell
            name = cell.name
            key = outcome.key.description
            series = cell.series
            variant = cell.variant
            settings = cell.settings
            tree = outcome.identified.treeName
            base = cell.base
            profile = cell.profile
            judge = cell.judge.description
            verdict = outcome.verdict
            reason = outcome.reason
            isKnown = outcome.isKnown
            milliseconds = outcome.result?.milliseconds
            folder = outcome.result.map { store.folder($0.key).string }
        }
    }

    let cells: [Row]
    let counts: [String: Int]

    init(_ outcomes: [CellOutcome], _ store: ResultStore) {
        cells = outcomes.map { Row($0, store) }
        counts = Dictionary(outcomes.map { ($0.verdict.rawValue, 1) }, uniquingKeysWith: +)
    }
}

/// A matrix as a table: rows by columns.
struct MatrixTable {
    let outcomes: [CellOutcome]

    var lines: [String] {
        var rows: [String] = []
        var columns: [String] = []
        var verdicts: [String: [String: CellVerdict]] = [:]
        for outcome in outcomes {
            let (row, column) = (outcome.cell.row, outcome.cell.column)
            if verdicts[row] == nil { rows.append(row) }
            if !columns.contains(column) { columns.append(column) }
            verdicts[row, default: [:]][column] = outcome.verdict
        }
        let head = [[""] + columns]
        let body = rows.map { row in [row] + columns.map { verdicts[row]?[$0]?.rawValue ?? "" } }
        return Columns(head + body).lines.map { String($0.trimmedAtEnd) }
    }

    /// "12 cells: 9 pass, 2 upstream's, 1 fail"
    var sentence: String {
        let counts = Dictionary(outcomes.map { ($0.verdict, 1) }, uniquingKeysWith: +)
        let words = CellVerdict.allCases.compactMap { verdict in
            counts[verdict].map { "\($0) \(verdict.rawValue)" }
        }
        return "\(counted(outcomes.count, "cell")): \(words.joined(separator: ", "))"
    }
}

extension String {
    fileprivate var trimmedAtEnd: Substring {
        let end = lastIndex { $0 != " " }
        return end.map { self[...$0] } ?? ""
    }
}

/// What a forecast says to people.
struct ForecastText {
    let forecast: MatrixForecast
    let places: Int

    var sentence: String {
        let refused = forecast.toJudge.filter { $0.refusal?.verdict == .upstream }.count
        let open = forecast.toJudge.count { $0.refusal == nil }
        let total = forecast.cells.count
        var parts = ["\(counted(total, "cell")): \(forecast.known.count) known"]
        if refused > 0 { parts.append("\(refused) upstream's") }
        parts.append("\(open) to be judged")
        return parts.joined(separator: ", ") + (open == 0 ? "" : estimate)
    }

    private var estimate: String {
        guard let time = forecast.estimate else {
            return "; how long that takes is not known: nothing alike was judged here"
        }
        let unknown =
            forecast.unknown == 0
            ? "" : ", and \(counted(forecast.unknown, "cell")) of which nothing is known"
        return "; about \(Self.words(time / max(1, places))) with \(counted(places, "place"))\(unknown)"
    }

    /// "2 h 5 min", "3 min", "20 s"
    static func words(_ milliseconds: Int) -> String {
        let seconds = (milliseconds + 500) / 1000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\((seconds + 30) / 60) min" }
        return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
}
