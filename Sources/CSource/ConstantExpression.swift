// SPDX-License-Identifier: GPL-2.0-only

/// An integer constant expression as headers have them (C11, 6.6), without casts, comparisons and `?:`.
///
/// Values are 64 bits without a sign; what doesn't fit has none.
struct ConstantExpression {
    private var tokens: ArraySlice<String>
    private let known: (String) -> UInt64?
    /// Parentheses and signs that are open: what people write has a tenth.
    private var depth = 0

    /// The value of `text`; nil if it is no such expression, or one with a name that isn't known.
    static func value(of text: [UInt8], known: (String) -> UInt64?) -> UInt64? {
        let tokens = (lexC(text, atMost: 1000) ?? []).filter { $0.kind != .comment }
        guard !tokens.isEmpty else { return nil }
        return withoutActuallyEscaping(known) { known in
            var expression = ConstantExpression(
                tokens: tokens.map { String(decoding: text[$0.range], as: UTF8.self) }[...],
                known: known
            )
            guard let value = expression.binary(0), expression.tokens.isEmpty else { return nil }
            return value
        }
    }

    private init(tokens: ArraySlice<String>, known: @escaping (String) -> UInt64?) {
        self.tokens = tokens
        self.known = known
    }

    /// Operators by how tightly they bind, loosest first.
    private static let levels: [[String]] = [
        ["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"],
    ]

    private mutating func binary(_ level: Int) -> UInt64? {
        guard level < Self.levels.count else { return unary() }
        guard var left = binary(level + 1) else { return nil }
        while let sign = sign(of: level) {
            guard let right = binary(level + 1), let value = Self.apply(sign, left, right) else { return nil }
            left = value
        }
        return left
    }

    private mutating func sign(of level: Int) -> String? {
        guard let first = tokens.first else { return nil }
        if first == "<" || first == ">" {
            guard Self.levels[level].contains(first + first), tokens.dropFirst().first == first else {
                return nil
            }
            tokens = tokens.dropFirst(2)
            return first + first
        }
        guard Self.levels[level].contains(first) else { return nil }
        tokens = tokens.dropFirst()
        return first
    }

    private static func apply(_ sign: String, _ left: UInt64, _ right: UInt64) -> UInt64? {
        func exact(_ result: (partialValue: UInt64, overflow: Bool)) -> UInt64? {
            result.overflow ? nil : result.partialValue
        }
        switch sign {
        case "|": return left | right
        case "^": return left ^ right
        case "&": return left & right
        case "<<": return right < 64 ? left << right : nil
        case ">>": return right < 64 ? left >> right : nil
        case "+": return exact(left.addingReportingOverflow(right))
        case "-": return exact(left.subtractingReportingOverflow(right))
        case "*": return exact(left.multipliedReportingOverflow(by: right))
        case "/": return right == 0 ? nil : left / right
        case "%": return right == 0 ? nil : left % right
        default: return nil
        }
    }

    private mutating func unary() -> UInt64? {
        guard depth < 64, let first = tokens.popFirst() else { return nil }
        switch first {
        case "(":
            depth += 1
            defer { depth -= 1 }
            guard let value = binary(0), tokens.popFirst() == ")" else { return nil }
            return value
        case "+":
            depth += 1
            defer { depth -= 1 }
            return unary()
        default:
            return parseNumber(first.utf8) ?? known(first)
        }
    }
}
