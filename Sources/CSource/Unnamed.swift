// SPDX-License-Identifier: GPL-2.0-only

extension AnchorResolver {
    /// What a replacement would take away though its anchor doesn't name it: the code behind the tokens of the anchor,
    /// or a comment. Nil if there is nothing, for an anchor that has no place, and outside of C.
    ///
    /// An anchor names how a piece of code begins; a tree may have a statement more in the block behind it, or an `else`.
    public func unnamed(by anchor: Anchor) -> (what: String, at: Candidate)? {
        guard case .c(let structure, let items) = source.form else { return nil }
        return CAnchorResolver(structure: structure, fileItems: items, explains: false).unnamed(by: anchor)
    }
}

extension CAnchorResolver {
    fileprivate func unnamed(by anchor: Anchor) -> (what: String, at: Candidate)? {
        switch anchor.relation {
        case .replace: unnamedCode(anchor)
        case .replaceHead: unnamedHead(anchor)
        default: nil
        }
    }

    private func unnamedHead(_ anchor: Anchor) -> (what: String, at: Candidate)? {
        guard let range = try? resolve(anchor), let scope = try? scope(of: anchor),
            let item = try? findHead(anchor, in: scope)
        else { return nil }
        if case .named = anchor.target {
            return ("'\(text.string(range).oneLine(80))'", candidate(item))
        }
        let comment = structure.tokens[item.tokens].first {
            $0.kind == .comment && $0.end <= range.upperBound
        }
        return comment.map { ("a comment", candidate($0.start)) }
    }

    private func unnamedCode(_ anchor: Anchor) -> (what: String, at: Candidate)? {
        guard let range = try? resolve(anchor), let scope = try? scope(of: anchor) else { return nil }
        // These show all that they replace.
        switch anchor.target {
        case .run, .lines: return nil
        default: break
        }
        guard case .code(let pattern) = anchor.target else {
            return ("'\(text.string(range).oneLine(80))'", candidate(range.lowerBound))
        }
        guard let item = scope.first(where: { structure.begins($0, with: pattern) }) else { return nil }
        var named = pattern.tokens.count
        for index in item.tokens where structure.tokens[index].end <= range.upperBound {
            let token = structure.tokens[index]
            if token.kind == .comment { return ("a comment", candidate(token.start)) }
            named -= 1
            if named < 0 {
                return ("'\(text.string(token.start..<item.end).oneLine(60))'", candidate(token.start))
            }
        }
        // Behind it on its last line.
        for token in structure.tokens[item.tokens.upperBound...] where token.kind == .comment {
            guard token.start < range.upperBound else { break }
            return ("a comment", candidate(token.start))
        }
        return nil
    }
}

extension String {
    /// The beginning of a text in one line.
    fileprivate func oneLine(_ count: Int) -> String {
        let line = split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > count ? line.prefix(count - 1) + "…" : line
    }
}
