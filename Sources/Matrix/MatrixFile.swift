// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Yams

/// A matrix as a file: YAML with lists of texts (docs/ci.md, "A matrix in a file").
package struct MatrixFile: Sendable, Equatable {
    package var series: String?
    package var variants: [String] = []
    /// For every row.
    package var settings: [String] = []
    /// Options of which every value makes a row.
    package var each: [String] = []
    package var trees: [String] = []
    package var bases: [String] = []
    package var profiles: [String] = []
    package var judges: [String] = []

    private static let limit = 256 << 10
    private static let listLimit = 1000

    /// - Parameter name: what messages call the file.
    package init(yaml: String, name: String) throws(MatrixError) {
        guard yaml.utf8.count <= Self.limit else {
            throw .input(
                "\(name): it has \(yaml.utf8.count) bytes, and \(Self.limit) are the most it may have"
            )
        }
        // Without anchors there are no aliases, of which few lines make billions of texts.
        for (index, line) in yaml.lines.enumerated() where line.contains(/(^|[\s\[{,:-])&[^\s&]/) {
            throw .input(
                "\(name):\(index + 1): an '&' that begins a value is an anchor, and there are none here; put a text in quotes"
            )
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw .input("\(name): \(error)")
        }
        guard let mapping = root?.mapping else {
            throw .input("\(name): a table with 'variants', 'trees' and 'profiles' is expected")
        }
        for (key, value) in mapping {
            let place = "\(name):\(key.mark?.line ?? 0)"
            guard let word = key.string else { throw .input("\(place): a name is expected") }
            switch word {
            case "series":
                guard let text = value.string else { throw .input("\(place): 'series' is a text") }
                series = text
            case "variants": variants = try Self.texts(value, word, place)
            case "set": settings = try Self.texts(value, word, place)
            case "each": each = try Self.texts(value, word, place)
            case "trees": trees = try Self.texts(value, word, place)
            case "bases": bases = try Self.texts(value, word, place)
            case "profiles": profiles = try Self.texts(value, word, place)
            case "judges": judges = try Self.texts(value, word, place)
            default:
                let known = ["series", "variants", "set", "each", "trees", "bases", "profiles", "judges"]
                let hint = didYouMean(word, known).map { "; \($0)" }.joined()
                throw .input("\(place): there is no '\(word.onOneLine)'\(hint)")
            }
        }
    }

    package init(path: FilePath) throws {
        let bytes = try Files.read(path, limit: Self.limit)
        try self.init(yaml: String(decoding: bytes, as: UTF8.self), name: path.string.onOneLine)
    }

    /// A list of texts, or one text.
    private static func texts(_ node: Node, _ key: String, _ place: String) throws(MatrixError) -> [String] {
        // A tree's number may look like a number to YAML: 5.10 is a name here.
        if case .scalar(let scalar) = node { return [scalar.string] }
        guard let sequence = node.sequence, sequence.count <= listLimit else {
            throw .input("\(place): '\(key)' is a list of at most \(listLimit) texts")
        }
        var texts: [String] = []
        for item in sequence {
            guard case .scalar(let scalar) = item else {
                throw .input("\(place): '\(key)' is a list of texts")
            }
            texts.append(scalar.string)
        }
        return texts
    }
}
