// SPDX-License-Identifier: GPL-2.0-only

/// Items of one scope and the `#if`s that they stand in.
struct Conditionals {
    /// Where a branch of an `#if` begins and ends, by the offsets of its lines.
    struct Branch: Equatable {
        /// Index of the `#if` among the scope's items.
        let opening: Int
        /// Counted from 0.
        let number: Int
    }

    private let scope: [Item]
    /// By item: the branches around it, outermost first.
    private var branches: [[Branch]] = []
    /// By item that opens one: the item that closes it.
    private var closings: [Int: Int] = [:]

    init(_ scope: [Item], _ structure: CStructure) {
        self.scope = scope
        var open: [Branch] = []
        for (index, item) in scope.enumerated() {
            let directive = item.kind == .directive ? structure.tokens[item.tokens.lowerBound].directive : nil
            switch directive {
            case .next:
                if let last = open.popLast() {
                    open.append(Branch(opening: last.opening, number: last.number + 1))
                }
            case .endif:
                if let last = open.popLast() { closings[last.opening] = index }
            default: break
            }
            branches.append(open)
            if directive == .open || directive == .openDead { open.append(Branch(opening: index, number: 0)) }
        }
        // What keeps a header from being included twice is around everything.
        if let first = scope.firstIndex(where: { $0.kind == .directive }), let last = closings[first],
            scope[..<first].isEmpty, last == scope.count - 1
        {
            branches = branches.map { Array($0.first?.opening == first ? $0.dropFirst() : $0[...]) }
        }
    }

    private func index(of item: Item) -> Int? { scope.firstIndex { $0.start == item.start } }

    /// The branches around an item, outermost first.
    func branches(around item: Item) -> [Branch] { index(of: item).map { branches[$0] } ?? [] }

    /// The first and the last line's items of the outermost `#if` around an item; nil if there is none. The last is nil
    /// for one that isn't closed in the same scope.
    func outermost(around item: Item) -> (first: Item, last: Item?)? {
        branches(around: item).first.map { branch in
            (scope[branch.opening], closings[branch.opening].map { scope[$0] })
        }
    }
}
