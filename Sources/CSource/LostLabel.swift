// SPDX-License-Identifier: GPL-2.0-only

import Base

extension ParsedSource {
    /// A `goto` that edits leave behind without its label, which they take away: a tree may have one more than the
    /// template knows of.
    public func gotoWithoutLabel(after edits: [TextEdit]) -> Candidate? {
        guard case .c(let structure, let items) = form else { return nil }
        func isKept(_ token: CToken) -> Bool {
            !edits.contains { $0.range.lowerBound <= token.start && token.end <= $0.range.upperBound }
        }
        for edit in edits where !edit.range.isEmpty {
            guard
                let function = items.first(where: {
                    $0.kind == .function && $0.start <= edit.range.lowerBound
                        && edit.range.upperBound <= $0.end
                })
            else { continue }
            let gone = structure.labels(in: edit.range, of: function)
            guard !gone.isEmpty else { continue }
            let added = edits.filter {
                function.start <= $0.range.lowerBound && $0.range.upperBound <= function.end
            }
            .compactMap { try? CStructure(SourceText($0.replacement)) }
            for label in gone where !added.contains(where: { $0.hasLabel(label) }) {
                let index = function.tokens.dropFirst().first {
                    structure.isWord($0 - 1, "goto") && structure.word($0) == label
                        && isKept(structure.tokens[$0])
                }
                guard let index else { continue }
                let start = structure.tokens[index].start
                return Candidate(line: text.line(at: start), text: text.lineText(at: start))
            }
        }
        return nil
    }
}

extension CStructure {
    /// The labels of a function in a range of its bytes.
    fileprivate func labels(in range: Range<Int>, of function: Item) -> Set<String> {
        Set(
            function.tokens.dropLast().compactMap { index in
                range.contains(tokens[index].start) && isLabel(index) ? word(index) : nil
            }
        )
    }

    fileprivate func hasLabel(_ name: String) -> Bool {
        tokens.indices.dropLast().contains { word($0) == name && isLabel($0) }
    }

    /// `name:` at the beginning of a line, as the kernel writes labels.
    private func isLabel(_ index: Int) -> Bool {
        guard tokens[index].kind == .word, tokens[index + 1].isPunctuation(":"), !isWord(index, "default")
        else {
            return false
        }
        let start = tokens[index].start
        return text.bytes[text.lineStart(at: start)..<start].allSatisfy(isSpace)
    }
}
