// SPDX-License-Identifier: GPL-2.0-only

import Base
import Yams

/// A YAML node with the file it came from, so that every complaint has a line.
///
/// Decodable would be shorter, but its errors have no position, and a series
/// is written by hand.
struct ManifestNode {
    let tree: YAMLTree
    let file: String

    /// Bytes of a file, and entries of a mapping or list: what is written by hand has a hundredth.
    private static let sizeLimit = Limits.raised(1 << 20)
    private static let countLimit = Limits.raised(2000)

    init(_ bytes: [UInt8], file: String) throws(SeriesError) {
        self.file = file
        guard bytes.count <= Self.sizeLimit else {
            throw SeriesError(
                .series,
                [
                    Diagnostic(
                        file: file,
                        message: "larger than \(Self.sizeLimit >> 20) MB, which is the limit"
                    )
                ]
            )
        }
        if let alias = YAMLAlias(in: bytes) {
            throw SeriesError(
                .series,
                [
                    Diagnostic(
                        file: file,
                        line: alias.line,
                        message:
                            "'*\(alias.name)' stands for what '&\(alias.name)' names, which is not taken here",
                        notes: [
                            "write it out: aliases of aliases can stand for more than fits into memory",
                            "if it is C in a text, put a sign behind it, as in '*\(alias.name);'",
                        ]
                    )
                ]
            )
        }
        guard let yaml = String(validating: bytes, as: UTF8.self) else {
            let line = bytes.split(separator: 10, omittingEmptySubsequences: false).firstIndex {
                String(validating: $0, as: UTF8.self) == nil
            }
            let diagnostic = Diagnostic(
                file: file,
                line: (line ?? 0) + 1,
                message: "the line is not UTF-8",
                notes: ["convert it: iconv -f ISO-8859-1 -t UTF-8 FILE"]
            )
            throw SeriesError(.series, [diagnostic])
        }
        let parsed: Node?
        do {
            // Every scalar is read as text; the default resolver compiles regular expressions to guess types.
            parsed = try Yams.compose(yaml: yaml, .basic)
        } catch {
            throw SeriesError(.series, [Self.diagnostic(error, file)])
        }
        guard let parsed else {
            throw SeriesError(.series, [Diagnostic(file: file, message: "the file is empty")])
        }
        tree = YAMLTree(parsed)
    }

    init(_ tree: YAMLTree, _ file: String) {
        self.tree = tree
        self.file = file
    }

    var line: Int { tree.line }

    var position: SourcePosition { SourcePosition(file, line: line) }

    private static func diagnostic(_ error: any Error, _ file: String) -> Diagnostic {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            Diagnostic(file: file, line: mark.line, message: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            Diagnostic(
                file: file,
                line: context.mark.line,
                message: "the same key twice: \(duplicates.map { "\($0)" }.joined(separator: ", "))"
            )
        default:
            Diagnostic(file: file, message: "not readable as YAML: \(error)")
        }
    }

    func failure(_ message: String, _ notes: [String] = []) -> SeriesError {
        SeriesError(.series, [Diagnostic(file: file, line: line, message: message, notes: notes)])
    }

    /// The entries of a mapping in the order they stand in; only `keys` may occur.
    func fields(_ keys: [String]) throws(SeriesError) -> [String: ManifestNode] {
        var result: [String: ManifestNode] = [:]
        for (key, value) in try entries() {
            guard keys.contains(key.text) else {
                throw key.node.failure(
                    "'\(key.text)' is not known here",
                    ["known are \(keys.joined(separator: ", "))"]
                )
            }
            result[key.text] = value
        }
        return result
    }

    /// The entries of a mapping with free keys.
    func entries() throws(SeriesError) -> [(key: (text: String, node: ManifestNode), value: ManifestNode)] {
        guard case .mapping(let mapping) = tree.content else {
            throw failure("a mapping (key: value) is expected here")
        }
        try requireFew(mapping.count)
        var result: [(key: (text: String, node: ManifestNode), value: ManifestNode)] = []
        for (key, value) in mapping {
            let keyNode = ManifestNode(key, file)
            result.append(((try keyNode.string(), keyNode), ManifestNode(value, file)))
        }
        return result
    }

    func list() throws(SeriesError) -> [ManifestNode] {
        guard case .list(let sequence) = tree.content else { throw failure("a list is expected here") }
        try requireFew(sequence.count)
        return sequence.map { ManifestNode($0, file) }
    }

    private func requireFew(_ count: Int) throws(SeriesError) {
        guard count <= Self.countLimit else {
            throw failure("\(count) entries; the limit is \(Self.countLimit)")
        }
    }

    func string() throws(SeriesError) -> String {
        guard case .text(let text) = tree.content else { throw failure("a text is expected here") }
        return text
    }

    /// One of the words of a closed set.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) throws(SeriesError)
        -> Choice
    {
        guard let choice = Choice(rawValue: try string()) else {
            throw failure(
                "'\(try string())' is not known here",
                ["write \(Choice.allCases.map(\.rawValue).joined(separator: " or "))"]
            )
        }
        return choice
    }

    var isList: Bool { if case .list = tree.content { true } else { false } }

    var isText: Bool { if case .text = tree.content { true } else { false } }

    func strings() throws(SeriesError) -> [String] {
        if isText { return [try string()] }
        var result: [String] = []
        for element in try list() { result.append(try element.string()) }
        return result
    }

    /// A path of a file in a kernel tree; of a folder if it ends in `/`.
    func treePath() throws(SeriesError) -> String {
        let path = try string()
        let parts = (path.hasSuffix("/") ? path.dropLast() : path[...])
            .split(separator: "/", omittingEmptySubsequences: false)
        let isInside = parts.allSatisfy { !["", ".", ".."].contains($0) && $0.lowercased() != ".git" }
        guard isInside, path.onOneLine == path else {
            throw failure(
                "'\(path.onOneLine)' is no path in a tree",
                ["write it from the tree's top, as arch/x86/kvm/x86.c"]
            )
        }
        return path
    }

    func treePaths() throws(SeriesError) -> [String] {
        if isText { return [try treePath()] }
        var result: [String] = []
        for element in try list() { result.append(try element.treePath()) }
        return result
    }

    func condition() throws(SeriesError) -> Condition {
        do {
            return try Condition(try string())
        } catch let error as Condition.SyntaxError {
            throw failure("condition: \(error.message)")
        } catch let error as SeriesError {
            throw error
        } catch {
            throw failure("\(error)")
        }
    }
}

extension [String: ManifestNode] {
    /// The field `key`, or an error at `owner` that says it is missing.
    func required(_ key: String, of owner: ManifestNode) throws(SeriesError) -> ManifestNode {
        guard let node = self[key] else { throw owner.failure("'\(key)' is missing") }
        return node
    }

    func text(_ key: String, of owner: ManifestNode) throws(SeriesError) -> String {
        try required(key, of: owner).string()
    }
}
