// SPDX-License-Identifier: GPL-2.0-only

import Base

/// The lines of a mail with a patch, and where each of them is.
struct PostedLines {
    struct Line {
        /// Without what mail programs change; empty for what says nothing.
        let key: String
        let text: String
        let place: Place?
    }

    /// Where a line is that was quoted.
    struct Place: Equatable {
        /// The kernel file, or `message.txt`.
        let file: String
        /// The function, struct or section that it is in, as far as the patch shows.
        let function: String?
        /// 1-based, in the file after the patch; of a line that the patch takes away, before it.
        let line: Int
    }

    let lines: [Line]

    init(_ mail: ReviewThread.Mail) {
        var reader = Reader()
        for line in mail.lines { reader.take(line) }
        lines = reader.result
    }

    /// The line of the message with the words that some quoted lines end with; nil if they are nowhere in it.
    func lineOfProse(endingWith quoted: ArraySlice<QuotedLine>) -> Int? {
        guard let depth = quoted.last?.depth else { return nil }
        let run = quoted.suffix(3).reversed().prefix { $0.depth == depth && !$0.isBlank }
        let wanted = run.reversed().map(\.text).joined(separator: " ").comparableWords.suffix(5)
        guard wanted.count >= 3 else { return nil }
        let words = lines.enumerated().filter { $0.element.place?.file == "message.txt" }.flatMap { line in
            line.element.text.comparableWords.map { (word: $0, line: line.offset) }
        }
        guard words.count >= wanted.count else { return nil }
        return (0...(words.count - wanted.count)).last { start in
            zip(words[start...], wanted).allSatisfy { $0.word == $1 }
        }.map { words[$0 + wanted.count - 1].line }
    }

    /// What a line of a patch or of its quotation is compared by: blanks and tabs count as one blank.
    static func key(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let first = words.first else { return "" }
        // A sign that stands alone belongs to what follows it.
        if ["+", "-"].contains(text.first), first.count == 1 {
            return words.count == 1 ? "" : "\(first)\(words[1...].joined(separator: " "))"
        }
        return words.joined(separator: " ")
    }

    private struct Reader {
        var result: [Line] = []
        private var file: String?
        private var isMessage = true
        private var messageLine = 2
        private var old = 0
        private var new = 0
        private var rest = (old: 0, new: 0)
        private var heading: String?
        private var unit: String?
        private var isBehindUnit = false

        mutating func take(_ line: String) {
            let sign = line.first ?? " "
            if rest.old > 0 || rest.new > 0, "+- ".contains(sign) { return takeHunk(line, sign) }
            if line.hasPrefix("diff --git ") || line.hasPrefix("--- ") && !isMessage { isMessage = false }
            if line == "---" { isMessage = false }
            if line.hasPrefix("+++ ") {
                let path = line.dropFirst(4).prefix { $0 != "\t" }
                file =
                    path == "/dev/null" ? file : path.split(separator: "/").dropFirst().joined(separator: "/")
                isMessage = false
            } else if line.hasPrefix("--- a/") {
                file = String(line.dropFirst(6).prefix { $0 != "\t" })
            } else if line.hasPrefix("@@ -"), let counts = UnifiedDiff.counts(line) {
                let starts = line.split(separator: " ").dropFirst().prefix(2).map {
                    Int($0.dropFirst().prefix { $0 != "," }) ?? 0
                }
                (old, new, rest) = (starts[0], starts[1], (counts.old, counts.new))
                let end = line.dropFirst(3).firstRange(of: "@@")?.upperBound ?? line.endIndex
                heading =
                    isCode ? Self.unit(String(line[end...].trimmed)) ?? line[end...].trimmed.nonempty : nil
                (unit, isBehindUnit) = (nil, false)
                return add(line, Place(file: file ?? "", function: heading, line: new))
            }
            if isMessage {
                add(line, Place(file: "message.txt", function: nil, line: messageLine))
                messageLine += 1
            } else {
                add(line, nil)
            }
        }

        private mutating func takeHunk(_ line: String, _ sign: Character) {
            let text = String(line.dropFirst())
            if !isCode, let title = title(above: text) { unit = title }
            let found = isCode ? Self.unit(text) : nil
            if let found { (unit, isBehindUnit) = (found, false) }
            let place = Place(
                file: file ?? "",
                function: found ?? unit ?? (isBehindUnit ? nil : heading),
                line: sign == "-" ? old : new
            )
            if sign != "+" { (old, rest.old) = (old + 1, rest.old - 1) }
            if sign != "-" { (new, rest.new) = (new + 1, rest.new - 1) }
            add(line, place)
            if text.hasPrefix("}") { (unit, isBehindUnit) = (nil, true) }
        }

        private var isCode: Bool { file?.hasSuffix(".c") ?? false || file?.hasSuffix(".h") ?? false }

        /// What stands above the underline of a section's title.
        private func title(above line: String) -> String? {
            guard line.count >= 3, let mark = line.first, "=-~^\"".contains(mark),
                line.allSatisfy({ $0 == mark }),
                let last = result.last?.text.dropFirst().trimmed, !last.isEmpty
            else { return nil }
            return String(last)
        }

        private mutating func add(_ line: String, _ place: Place?) {
            let key = PostedLines.key(line)
            result.append(
                Line(key: key.contains { $0.isLetter || $0.isNumber } ? key : "", text: line, place: place)
            )
        }

        /// The name of what begins in the first column: a function, a struct, an enum.
        private static func unit(_ line: String) -> String? {
            guard let first = line.first, first.isLetter || first == "_", !line.hasSuffix(";"),
                !line.hasSuffix(":"), !line.contains("\t")
            else { return nil }
            let head = line.prefix { $0 != "(" && $0 != "{" && $0 != "=" }
            let words = head.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
            if head.endIndex < line.endIndex, line[head.endIndex] == "(" {
                guard words.count >= 2, let name = words.last, head.last == name.last else { return nil }
                return name
            }
            guard head.endIndex < line.endIndex, let kind = words.first else { return nil }
            if ["struct", "enum", "union"].contains(kind), words.count == 2 { return "\(kind) \(words[1])" }
            return line[head.endIndex] == "=" || ["static", "struct", "const"].contains(kind)
                ? words.last : nil
        }
    }
}

extension Substring {
    fileprivate var nonempty: String? { isEmpty ? nil : String(self) }
}

/// Which of a mail's quoted lines are which of a patch's.
struct QuotedPatch {
    /// By line of the answer: a line of the posted mail.
    let lines: [Int: Int]
    /// How much they have in common.
    let weight: Int

    /// Compares what an answer quotes with a posted mail, both in their order.
    init(_ own: OwnText, _ posted: PostedLines) {
        let quoted = own.lines.indices.filter { own.lines[$0].depth > 0 && own.lines[$0].isTelling }
        let keys = quoted.map { PostedLines.key(own.lines[$0].text) }
        // Lines that say nothing part neither.
        let telling = posted.lines.indices.filter { !posted.lines[$0].key.isEmpty }
        var places: [String: [Int]] = [:]
        for (place, line) in telling.enumerated() {
            places[posted.lines[line].key, default: []].append(place)
        }
        let columns = telling.count
        guard keys.count * columns <= Self.cellLimit, columns > 0 else {
            self.init(greedy: quoted, keys, places, telling)
            return
        }
        func value(_ row: Int) -> Int32 { keys[row].utf8.count > 4 ? 3 : 1 }
        // The best chain within the first lines of both, and by place those that end with a pair of this row.
        var best: [[Int32]] = [[Int32](repeating: 0, count: columns + 1)]
        var pairs: [[Int: Int32]] = []
        for (row, key) in keys.enumerated() {
            var next = best[row]
            var found: [Int: Int32] = [:]
            for place in places[key] ?? [] {
                // What is quoted in one piece was in one piece.
                let run = row > 0 && place > 0 ? pairs[row - 1][place - 1].map { $0 + value(row) + 1 } : nil
                found[place] = max(best[row][place] + value(row), run ?? 0)
            }
            var highest: Int32 = 0
            for column in 1...columns {
                highest = max(highest, next[column], found[column - 1] ?? 0)
                next[column] = highest
            }
            best.append(next)
            pairs.append(found)
        }
        var lines: [Int: Int] = [:]
        var (row, column) = (keys.count, columns)
        while row > 0, column > 0 {
            if best[row][column] == best[row - 1][column] {
                row -= 1
                continue
            }
            if best[row][column] == best[row][column - 1] {
                column -= 1
                continue
            }
            var place = column - 1
            while let chain = pairs[row - 1][place] {
                lines[quoted[row - 1]] = telling[place]
                let own = value(row - 1)
                row -= 1
                guard row > 0, place > 0, let before = pairs[row - 1][place - 1], before + own + 1 == chain,
                    chain > best[row][place] + own
                else { break }
                place -= 1
            }
            column = place
        }
        self.init(lines: lines, weight: Int(best[keys.count][columns]))
    }

    private init(lines: [Int: Int], weight: Int) {
        self.lines = lines
        self.weight = weight
    }

    private static let cellLimit = 8_000_000

    /// For very long mails: each line is the next one of its kind.
    private init(greedy quoted: [Int], _ keys: [String], _ places: [String: [Int]], _ telling: [Int]) {
        var lines: [Int: Int] = [:]
        var last = -1
        for (index, key) in keys.enumerated() {
            guard let place = (places[key] ?? []).first(where: { $0 > last }) else { continue }
            lines[quoted[index]] = telling[place]
            last = place
        }
        self.init(lines: lines, weight: lines.count)
    }
}
