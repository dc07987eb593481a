// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// A truth value over `KPATCH_*` names with `!`, `&&`, `||` and parentheses.
///
/// The grammar is C's, so that an editor and clang-format read it; a number or
/// a comparison has no place in it, because options have closed sets of values.
public indirect enum Condition: Sendable, Equatable {
    case name(String)
    case not(Condition)
    case and(Condition, Condition)
    case or(Condition, Condition)

    /// What can't be read in a condition.
    public struct SyntaxError: Error, Sendable, Equatable {
        public let message: String
    }

    public init(_ text: some StringProtocol) throws(SyntaxError) {
        var parser = ConditionParser(text)
        self = try parser.parse()
    }

    /// All names it mentions.
    public var names: [String] {
        switch self {
        case .name(let name): [name]
        case .not(let inner): inner.names
        case .and(let left, let right), .or(let left, let right): left.names + right.names
        }
    }

    public func holds(_ truth: (String) -> Bool) -> Bool {
        switch self {
        case .name(let name): truth(name)
        case .not(let inner): !inner.holds(truth)
        case .and(let left, let right): left.holds(truth) && right.holds(truth)
        case .or(let left, let right): left.holds(truth) || right.holds(truth)
        }
    }
}

private struct ConditionParser {
    /// Parentheses and `!` within each other, and names: what is written by hand has a tenth.
    private static let depthLimit = 64
    private static let nameLimit = 256

    private var rest: Substring.UTF8View
    private var depth = 0
    private var names = 0

    init(_ text: some StringProtocol) {
        rest = Substring(text).utf8
    }

    mutating func parse() throws(Condition.SyntaxError) -> Condition {
        let result = try disjunction()
        skipBlanks()
        guard rest.isEmpty else { throw .init(message: "'\(Substring(rest))' is left over") }
        return result
    }

    private mutating func disjunction() throws(Condition.SyntaxError) -> Condition {
        var left = try conjunction()
        while take("||") { left = .or(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(Condition.SyntaxError) -> Condition {
        var left = try unary()
        while take("&&") { left = .and(left, try unary()) }
        return left
    }

    private mutating func unary() throws(Condition.SyntaxError) -> Condition {
        if take("!") {
            try enter()
            defer { depth -= 1 }
            return .not(try unary())
        }
        if take("(") {
            try enter()
            defer { depth -= 1 }
            let inner = try disjunction()
            guard take(")") else { throw .init(message: "')' is missing") }
            return inner
        }
        skipBlanks()
        let name = String(Substring(rest.prefix(while: isWordByte)))
        guard name.hasPrefix("KPATCH_") else {
            throw .init(
                message: name.isEmpty ? "a KPATCH_ name is missing" : "'\(name)' is not a KPATCH_ name"
            )
        }
        rest = rest.dropFirst(name.utf8.count)
        names += 1
        guard names <= Self.nameLimit else { throw .init(message: "more than \(Self.nameLimit) names") }
        return .name(name)
    }

    private mutating func enter() throws(Condition.SyntaxError) {
        depth += 1
        guard depth <= Self.depthLimit else {
            throw .init(message: "more than \(Self.depthLimit) '(' and '!' within each other")
        }
    }

    private mutating func take(_ token: StaticString) -> Bool {
        skipBlanks()
        guard token.withUTF8Buffer({ rest.starts(with: $0) }) else { return false }
        rest = rest.dropFirst(token.utf8CodeUnitCount)
        return true
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}
