// SPDX-License-Identifier: GPL-2.0-only

/// Paths and symbols that have other names in a tree than in the templates.
public struct Renames: Sendable, Equatable {
    /// A pair that ends in `/` stands for all below that folder.
    public var paths: [(from: String, to: String)]
    public var symbols: [(from: String, to: String)]

    public init(paths: [(from: String, to: String)] = [], symbols: [(from: String, to: String)] = []) {
        self.paths = paths
        self.symbols = symbols
    }

    /// The path in the tree of what templates have at a path.
    public func path(_ path: String) -> String { Self.renamed(path, paths) }

    /// The path in templates of what the tree has at a path.
    public func templatePath(_ path: String) -> String {
        Self.renamed(path, paths.map { ($0.to, $0.from) })
    }

    private static func renamed(_ path: String, _ rows: [(from: String, to: String)]) -> String {
        for (from, to) in rows {
            if from == path { return to }
            if from.hasSuffix("/"), path.hasPrefix(from) { return to + path.dropFirst(from.count) }
        }
        return path
    }

    public static func == (left: Renames, right: Renames) -> Bool {
        left.paths.elementsEqual(right.paths, by: ==) && left.symbols.elementsEqual(right.symbols, by: ==)
    }
}
