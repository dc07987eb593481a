// SPDX-License-Identifier: GPL-2.0-only

import PatchSeries

extension ReviewTable {
    /// The whole table for docs/review.md.
    var markdown: [String] {
        let titles = ["point", "who", "status", "said", "decision", "options", "tests"] + variants
        return [
            "# Review",
            "",
            "<!-- Made by `make review` (kpatch-gen list --review --format markdown); don't edit it. -->",
            "",
            "What was said about *\(Self.escaped(review.thread.subject))*",
            "(<\(review.thread.link)>), and what became of it. R… was raised in the",
            "thread (in brackets: numbers of messages); L… are defects of the posted patch that nobody named there. A variant has",
            "*taken* a point if every option that is tied to it has a value that answers it, and is *as posted* if none has; *n/a*",
            "if none applies. An option in full: `kpatch-gen show --option NAME`; a point: `kpatch-gen show --point NAME`.",
            "",
            Self.row(titles),
            Self.row(titles.map { _ in "---" }),
        ] + rows.map { Self.row(cells($0)) }
    }

    private func cells(_ row: Row) -> [String] {
        let point = row.point
        let numbers = point.messages.map(String.init).joined(separator: ", ")
        let who = point.who.isEmpty ? "" : "\(names(point.who)) [\(numbers)]"
        let decision = [point.decision, point.reason].compactMap { $0 }.joined(separator: " ")
        return [point.name, who, point.status.rawValue, Self.escaped(point.says), Self.escaped(decision)]
            + [row.options, row.tests].map { names in names.map { "`\($0)`" }.joined(separator: " ") }
            + row.standings.map(\.rawValue)
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.joined(separator: " | ") + " |"
    }

    /// Text in which nothing is taken for Markdown or HTML.
    private static func escaped(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ").map { character in
            switch character {
            case "|", "*", "_", "`", "[", "]", "\\": "\\\(character)"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }
}
