// SPDX-License-Identifier: GPL-2.0-only

import Base
import Yams

/// What is wrong with a table of kernel-config/.
public struct ConfigTableError: Blamed, Hashable {
    /// `suites.yml`
    public let file: String
    /// From 1; 0 if the file as a whole is meant.
    public let line: Int
    public let reason: String

    public var fault: Fault { .user }
    public var description: String { "kernel-config/\(file):\(line): \(reason)" }
}

/// A table of kernel-config/: YAML with tables, lists and texts, and nothing else.
struct ConfigTable {
    let file: String
    let root: Node

    /// The shipped ones have a few kilobytes.
    private static let limit = 256 << 10

    init(_ yaml: String, file: String) throws(ConfigTableError) {
        self.file = file
        guard yaml.utf8.count <= Self.limit else {
            throw ConfigTableError(
                file: file,
                line: 0,
                reason: "it has \(yaml.utf8.count) bytes, and \(Self.limit) are the most it may have"
            )
        }
        if let line = Self.alias(in: yaml) {
            throw ConfigTableError(
                file: file,
                line: line,
                reason: "a '*' that begins a value is an alias, and there are none here; put a text in quotes"
            )
        }
        do {
            root = try Yams.compose(yaml: yaml) ?? Node("")
        } catch let error as YamlError {
            throw ConfigTableError(file: file, line: error.line, reason: "\(error)")
        } catch {
            throw ConfigTableError(file: file, line: 0, reason: "\(error)")
        }
    }

    func failure(_ node: Node, _ reason: String) -> ConfigTableError {
        ConfigTableError(file: file, line: node.mark?.line ?? 0, reason: reason)
    }

    /// Refuses a key that nothing reads: where one that is left out fits anywhere, a misspelt one would, too.
    func check(_ node: Node, has keys: Set<String>) throws(ConfigTableError) {
        for (key, _) in node.mapping ?? [:] {
            guard let name = key.string, keys.contains(name) else {
                let known = keys.sorted().joined(separator: "', '")
                throw failure(key, "'\(key.string ?? "?")' is none of the keys here: '\(known)'")
            }
        }
    }

    /// The texts of a list.
    func texts(_ node: Node, _ key: String, of list: String) throws(ConfigTableError) -> [String] {
        guard let sequence = node[key]?.sequence else { throw failure(node, "'\(key)' must be \(list)") }
        let texts = sequence.compactMap(\.string)
        guard texts.count == sequence.count else { throw failure(node, "'\(key)' must be \(list)") }
        return texts
    }

    /// A number above 0; nil: there is none.
    func positive(_ node: Node, _ key: String) throws(ConfigTableError) -> Int? {
        guard let value = node[key] else { return nil }
        guard let number = value.int, number > 0 else {
            throw failure(value, "'\(key)' must be a number above 0")
        }
        return number
    }

    /// `true` or `false`; nil: neither is said.
    func truth(_ node: Node, _ key: String) throws(ConfigTableError) -> Bool? {
        guard let value = node[key] else { return nil }
        guard let truth = value.bool else { throw failure(value, "'\(key)' must be true or false") }
        return truth
    }

    /// The line of the first alias.
    ///
    /// Ten lists of ten aliases of each other are ten billion texts, and a parser that finds them as a key counts them
    /// all; so they are looked for before.
    private static func alias(in yaml: String) -> Int? {
        for (index, line) in yaml.lines.enumerated() {
            var previous: Character = " "
            var quote: Character?
            for (character, next) in zip(line, line.dropFirst() + [" "]) {
                if let open = quote {
                    if character == open { quote = nil }
                } else if " [{,:-?".contains(previous) {
                    if character == "#" { break }
                    if character == "*", !next.isWhitespace { return index + 1 }
                    if character == "\"" || character == "'" { quote = character }
                }
                previous = character
            }
        }
        return nil
    }
}

extension YamlError {
    /// 0 if it isn't about a place.
    var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        default: 0
        }
    }
}
