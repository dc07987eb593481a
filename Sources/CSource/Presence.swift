// SPDX-License-Identifier: GPL-2.0-only

extension AnchorResolver {
    /// What a site would declare a second time: the places where its container declares the same already.
    ///
    /// Statements don't count, as code may well say a thing twice; neither does what is replaced, nor anything outside
    /// of C.
    public func present(_ anchor: Anchor, body: [UInt8]) -> [Candidate] {
        guard case .c(let structure, let items) = source.form else { return [] }
        return CAnchorResolver(structure: structure, fileItems: items, explains: false).present(anchor, body)
    }
}

extension CAnchorResolver {
    fileprivate func present(_ anchor: Anchor, _ body: [UInt8]) -> [Candidate] {
        guard !anchor.relation.isReplacement, anchor.relation != .removeBlankLineBefore else { return [] }
        // What can't be read can't be placed either.
        guard let added = try? CStructure(SourceText(body)) else { return [] }
        let items = added.items(in: 0..<added.tokens.count, as: anchor.context)
        let declared = Set(items.compactMap(added.declaration))
        guard !declared.isEmpty, let scope = try? scope(of: anchor) else { return [] }
        // A file's scope has a thousand items, and to say what one declares takes longer than to look at its name.
        let names = Set(items.map(\.name))
        return scope.filter {
            names.contains($0.name) && structure.declaration($0).map(declared.contains) ?? false
        }.map(candidate)
    }
}

extension Anchor {
    /// What stands between the innermost container's braces.
    fileprivate var context: CStructure.Context {
        switch containers.last {
        case nil, .section: .file
        case .function, .block: .block
        case .aggregate: .aggregate
        case .enumeration, .table: .list
        }
    }
}

extension CStructure {
    /// What an item declares, for comparison within one scope; nil for what may stand there twice.
    fileprivate func declaration(_ item: Item) -> String? {
        guard let name = item.name else { return nil }
        switch item.kind {
        case .statement: return nil
        case .label: return name == "case" ? code(item) : nil
        case .function, .prototype, .aggregate, .enumeration, .variable, .directive, .entry:
            // A macro's call says by its arguments what it declares.
            let isCall = word(item.tokens.lowerBound) == name && item.kind != .entry
            return "\(item.kind.rawValue) \(item.body != nil) \(isCall ? code(item) : name)"
        }
    }

    private func code(_ item: Item) -> String {
        tokens[item.tokens].filter { $0.kind != .comment }.map { text.string($0.range) }.joined(
            separator: " "
        )
    }
}
