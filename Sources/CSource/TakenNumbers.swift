// SPDX-License-Identifier: GPL-2.0-only

import Base

/// The enumerators and macros of some files whose names begin alike, with their values: what a new number must differ
/// from.
public struct TakenNumbers: Sendable {
    /// A name and where it is.
    public struct Name: Sendable, Equatable {
        public let name: String
        public let file: String
        /// 1-based.
        public let line: Int
        /// The line's text.
        public let text: String
    }

    /// The names that have each number.
    public private(set) var names: [UInt64: Name] = [:]
    /// The first name whose value can't be told.
    public private(set) var unknown: Name?

    private let prefix: String
    /// Every enumerator and macro that has a value, whatever its name: expressions are made of them.
    private var values: [String: UInt64] = [:]

    public init(prefix: String) {
        self.prefix = prefix
    }

    /// Takes the names of another file.
    ///
    /// - Parameter except: a name that stands for no number of its own: the end of an enum.
    public mutating func add(_ source: ParsedSource, file: String, except: String? = nil) {
        guard case .c(let structure, let items) = source.form else { return }
        let text = structure.text
        func note(_ name: String, _ value: UInt64?, _ offset: Int) {
            if let value { values[name] = value }
            guard name.hasPrefix(prefix), name != except else { return }
            let place = Name(
                name: name,
                file: file,
                line: text.line(at: offset),
                text: text.lineText(at: offset)
            )
            if let value {
                if names[value] == nil { names[value] = place }
            } else if unknown == nil {
                unknown = place
            }
        }
        for item in items {
            switch item.kind {
            case .enumeration:
                for entry in enumerators(of: item, structure, values) {
                    note(entry.name, entry.value, entry.start)
                }
            case .directive:
                guard let name = item.name, let body = structure.macroBody(item) else { continue }
                // The same name again, for the preprocessor to see (`#define A A`), or a text.
                guard !body.elementsEqual(name.utf8), !body.contains(UInt8(ascii: "\"")) else { continue }
                note(name, ConstantExpression.value(of: Array(body)) { values[$0] }, item.start)
            default:
                break
            }
        }
    }

    /// The first number from `first` that nothing has.
    public func free(from first: UInt64) -> UInt64? {
        var number = first
        while names[number] != nil {
            guard number < .max else { return nil }
            number += 1
        }
        return number
    }
}

struct Enumerator {
    let name: String
    /// nil if it can't be told.
    let value: UInt64?
    /// Whether the value is written down.
    let isGiven: Bool
    let start: Int
}

/// The enumerators of an enum with their values, counted as C counts them: one more than the one before unless a number
/// is given.
///
/// - Parameter known: values of names outside of it.
func enumerators(of item: Item, _ structure: CStructure, _ known: [String: UInt64] = [:]) -> [Enumerator] {
    var next: UInt64? = 0
    var own: [String: UInt64] = [:]
    return structure.children(of: item).filter { $0.kind == .entry }.compactMap { entry in
        guard let name = entry.name else { return nil }
        let given = structure.givenValue(entry)
        if let given { next = ConstantExpression.value(of: given) { own[$0] ?? known[$0] } }
        let value = next
        if let value { own[name] = value }
        next = value.flatMap { $0 < .max ? $0 + 1 : nil }
        return Enumerator(name: name, value: value, isGiven: given != nil, start: entry.start)
    }
}

extension CStructure {
    /// The text behind the `=` of an enumerator, without comments.
    fileprivate func givenValue(_ entry: Item) -> [UInt8]? {
        let tokens = tokens[entry.tokens].filter { $0.kind != .comment && !$0.isPunctuation(",") }
        guard let equals = tokens.firstIndex(where: { $0.isPunctuation("=") }) else { return nil }
        return tokens[(equals + 1)...].flatMap { Array(text.bytes[$0.range]) + [UInt8(ascii: " ")] }
    }

    /// What a `#define` without parameters stands for, without comments at its ends; nil for nothing.
    fileprivate func macroBody(_ item: Item) -> ArraySlice<UInt8>? {
        guard let name = item.name else { return nil }
        var start = item.start + 1
        func skip(_ isSkipped: (UInt8) -> Bool) {
            while start < item.end, isSkipped(text.bytes[start]) { start += 1 }
        }
        skip(isSpace)
        skip(isWordByte)
        skip(isSpace)
        let rest = text.bytes[min(start + name.utf8.count, item.end)..<item.end]
        guard let first = rest.first, first != UInt8(ascii: "(") else { return nil }
        // Comments fall away when it is evaluated; a line that goes on is one line.
        var body = rest
        if rest.contains(UInt8(ascii: "\\")) { body = rest.filter { $0 != UInt8(ascii: "\\") }[...] }
        // Not firstRange(of:), which takes most of the time that a file's numbers take.
        let comment = body.indices.dropLast().first { index in
            body[index] == UInt8(ascii: "/")
                && (body[index + 1] == UInt8(ascii: "*") || body[index + 1] == UInt8(ascii: "/"))
        }
        if let comment { body = body[..<comment] }
        while let last = body.last, isSpace(last) { body = body.dropLast() }
        body = body.drop(while: isSpace)
        return body.isEmpty ? nil : body
    }
}
