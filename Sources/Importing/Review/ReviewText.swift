// SPDX-License-Identifier: GPL-2.0-only

import Base

/// review.yml of what was found in a thread.
struct ReviewText {
    let review: FoundReview
    /// The folders of the patches, in the thread's order.
    let folders: [String]
    /// The options that answer a point, by its index.
    let answered: Set<Int>

    /// What people are called in review.yml, by their names.
    let keys: [String: String]

    init(_ review: FoundReview, folders: [String], answered: Set<Int>) {
        self.review = review
        self.folders = folders
        self.answered = answered
        var keys: [String: String] = [:]
        for point in review.points {
            for remark in [point.remark] + point.debate where keys[remark.who] == nil {
                keys[remark.who] = Self.key(remark.who, besides: Set(keys.values))
            }
        }
        self.keys = keys
    }

    /// `R1` for the first point.
    static func name(_ point: Int) -> String { "R\(point + 1)" }

    private static func key(_ name: String, besides others: Set<String>) -> String {
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
        let short = words.first ?? "somebody"
        let candidates = [short, words.joined(separator: "-")] + (2...1000).map { "\(short)-\($0)" }
        return candidates.first { !$0.isEmpty && !others.contains($0) } ?? short
    }

    func text(source: String) -> String {
        let thread = review.thread
        let quoted = SeriesHead.quoted
        var lines = [
            "# SPDX-License-Identifier: GPL-2.0-only",
            "#",
            "# Made by `kpatch-gen review import` from \(source.onOneLine): each paragraph of an answer, and what was",
            "# said to it. What it means is for a person to say (docs/writing-a-series.md).",
            "",
            "thread:",
            "  subject: \(quoted(thread.subject.onOneLine))",
        ]
        let id = thread.messageID ?? "unknown"
        lines.append("  message-id: \(quoted(id.onOneLine))")
        lines.append("  link: \(quoted("https://lore.kernel.org/r/\(id.onOneLine)"))")
        let ids = thread.answers.map { $0.messageID?.onOneLine ?? "" }
        if ids.contains(where: { !$0.isEmpty }) {
            lines.append("  # Of message 1, 2, …")
            lines.append("  messages:")
            lines += ids.map { "    - \(quoted($0.isEmpty ? "unknown" : $0))" }
        }
        lines += ["", "people:"]
        let mails = thread.posted + thread.answers
        for (name, key) in keys.sorted(by: { $0.value < $1.value }) {
            var fields = ["name: \(quoted(name.onOneLine))"]
            if let email = mails.lazy.filter({ $0.name == name }).compactMap(\.email).first {
                fields.append("email: \(quoted(email.onOneLine))")
            }
            lines.append("  \(key): {\(fields.joined(separator: ", "))}")
        }
        if !review.tags.isEmpty {
            lines += ["", "tags:"]
            for tag in review.tags {
                var fields = ["tag: \(quoted(tag.text))", "message: \(tag.message)"]
                if let patch = tag.patch { fields.append("patch: \(quoted(folder(patch)))") }
                lines.append("  - {\(fields.joined(separator: ", "))}")
            }
        }
        lines += ["", review.points.isEmpty ? "points: {}" : "points:"]
        for (index, point) in review.points.enumerated() {
            lines.append("  \(Self.name(index)):")
            lines.append("    who: \(keys[point.remark.who] ?? "somebody")")
            lines.append("    message: \(point.remark.message)")
            if let place = point.place {
                var fields = [
                    "patch: \(quoted(folder(place.patch)))", "file: \(quoted(place.file.onOneLine))",
                ]
                if let function = place.function { fields.append("function: \(quoted(function.onOneLine))") }
                fields.append("line: \(place.line)")
                lines.append("    at: {\(fields.joined(separator: ", "))}")
                lines.append("    quote: \(quoted(place.quote))")
            }
            lines.append("    says: \(quoted(point.remark.says))")
            lines.append("    status: open")
            if !answered.contains(index) { lines.append("    reason: Nobody has decided about it yet.") }
            if !point.debate.isEmpty { lines.append("    debate:") }
            for remark in point.debate {
                lines.append(
                    "      - {who: \(keys[remark.who] ?? "somebody"), message: \(remark.message), says: \(quoted(remark.says))}"
                )
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func folder(_ patch: Int) -> String { patch < folders.count ? folders[patch] : "\(patch + 1)" }
}
