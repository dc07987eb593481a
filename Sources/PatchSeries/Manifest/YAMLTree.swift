// SPDX-License-Identifier: GPL-2.0-only

import Yams

/// What is left of a YAML file when it is parsed: texts, lists and mappings, with their lines.
struct YAMLTree: Sendable {
    enum Content: Sendable {
        case text(String)
        case list([YAMLTree])
        case mapping([(key: YAMLTree, value: YAMLTree)])
        /// An alias that names nothing.
        case alias
    }

    let content: Content
    /// 1-based; 0 where the parser says none.
    let line: Int

    init(_ node: Node) {
        line = node.mark?.line ?? 0
        content =
            switch node {
            case .scalar(let scalar): .text(scalar.string)
            case .sequence(let sequence): .list(sequence.map(YAMLTree.init))
            case .mapping(let mapping): .mapping(mapping.map { (YAMLTree($0.key), YAMLTree($0.value)) })
            case .alias: .alias
            }
    }

    fileprivate init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }
}

/// The YAML files of a series as bytes that are read in a tenth of the time that YAML takes, for whoever keeps them from
/// one run to the next.
public struct ParsedManifests: Sendable {
    let trees: [String: YAMLTree]

    /// Parses what a selection is placed with; files that are no YAML are left out.
    ///
    /// - Parameter files: those of the series, by their path in its folder.
    public init(of files: [String: [UInt8]]) {
        var trees: [String: YAMLTree] = [:]
        for (path, bytes) in files
        where path.hasSuffix(".yml") && path != "review.yml" && !path.hasPrefix("tests/") {
            trees[path] = try? ManifestNode(bytes, file: path).tree
        }
        self.trees = trees
    }

    /// Nil for bytes that `bytes` didn't give.
    public init?(_ bytes: [UInt8]) {
        var reader = Reader(rest: bytes[...])
        guard let count = reader.number() else { return nil }
        var trees: [String: YAMLTree] = [:]
        for _ in 0..<count {
            guard let path = reader.text(), let tree = reader.tree(depth: 0) else { return nil }
            trees[path] = tree
        }
        guard reader.rest.isEmpty else { return nil }
        self.trees = trees
    }

    public var bytes: [UInt8] {
        var writer = Writer()
        writer.number(trees.count)
        for (path, tree) in trees {
            writer.text(path)
            writer.tree(tree)
        }
        return writer.bytes
    }
}

// A tree is its kind, its line, and a text or a count with what it counts.

private struct Writer {
    var bytes: [UInt8] = []

    mutating func number(_ value: Int) {
        withUnsafeBytes(of: UInt32(value).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ text: String) {
        number(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func tree(_ tree: YAMLTree) {
        func head(_ kind: UInt8) {
            bytes.append(kind)
            number(tree.line)
        }
        switch tree.content {
        case .text(let string):
            head(0)
            text(string)
        case .list(let elements):
            head(1)
            number(elements.count)
            for element in elements { self.tree(element) }
        case .mapping(let pairs):
            head(2)
            number(pairs.count)
            for (key, value) in pairs {
                self.tree(key)
                self.tree(value)
            }
        case .alias:
            head(3)
        }
    }
}

private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func number() -> Int? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return Int(UInt32(littleEndian: rest.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }))
    }

    mutating func text() -> String? {
        guard let count = number(), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }

    mutating func tree(depth: Int) -> YAMLTree? {
        guard depth < 100, let kind = rest.popFirst(), let line = number() else { return nil }
        if kind == 0 { return text().map { YAMLTree(.text($0), line: line) } }
        if kind == 3 { return YAMLTree(.alias, line: line) }
        guard kind == 1 || kind == 2, let count = number(), count <= rest.count else { return nil }
        var trees: [YAMLTree] = []
        for _ in 0..<count * Int(kind) {
            guard let tree = tree(depth: depth + 1) else { return nil }
            trees.append(tree)
        }
        guard kind == 2 else { return YAMLTree(.list(trees), line: line) }
        let pairs = stride(from: 0, to: trees.count, by: 2).map { (trees[$0], trees[$0 + 1]) }
        return YAMLTree(.mapping(pairs), line: line)
    }
}
