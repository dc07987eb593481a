// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// The titles of a reST document, by their underlines; shares nothing with CSource.
struct CrudeRest {
    struct Title {
        let text: String
        /// The rank of its underline among those that the document uses, 0 for the first.
        let level: Int
        /// 1-based; the overline's if there is one.
        let line: Int
    }

    let titles: [Title]

    init(_ raw: [Substring]) {
        // White space at the end of a line says nothing.
        let lines = raw.map { line in
            line.prefix(
                (line.lastIndex { !$0.isWhitespace }).map { line.distance(from: line.startIndex, to: $0) + 1 }
                    ?? 0
            )
        }
        func rule(_ index: Int) -> Character? {
            guard lines.indices.contains(index), let first = lines[index].first, lines[index].count > 2,
                first.isPunctuation || first.isSymbol, lines[index].allSatisfy({ $0 == first })
            else { return nil }
            return first
        }
        var styles: [String] = []
        var titles: [Title] = []
        for index in lines.indices.dropLast() {
            let text = lines[index]
            guard let under = rule(index + 1), rule(index) == nil, let first = text.first,
                !first.isWhitespace,
                lines[index + 1].count >= text.count
            else { continue }
            let over = rule(index - 1) == under
            let style = "\(over)\(under)"
            if !styles.contains(style) { styles.append(style) }
            titles.append(
                Title(
                    text: String(text),
                    level: styles.firstIndex(of: style) ?? 0,
                    line: index + (over ? 0 : 1)
                )
            )
        }
        self.titles = titles
    }

    /// Whether lines that end in front of `line` stand directly in front of a section, or at its end.
    func isPlaced(_ placement: Placement, at title: String) -> Bool {
        let first = placement.lines.lowerBound
        let next = titles.first { $0.line >= placement.lines.upperBound }
        if placement.anchor.relation == .before { return next?.text == title }
        guard let own = titles.last(where: { $0.line < first && $0.text == title }) else { return false }
        let between = titles.filter { own.line < $0.line && $0.line < first }
        return between.allSatisfy { $0.level > own.level } && (next.map { $0.level <= own.level } ?? true)
    }
}
