// SPDX-License-Identifier: GPL-2.0-only

/// A Kconfig condition (Documentation/kbuild/kconfig-language.rst, "Menu
/// dependencies"): n, m and y are 0, 1 and 2; `&&` is min, `||` is max, `!` is 2 - x.
struct KconfigExpression {
    private indirect enum Term {
        case value(String)
        case not(Term)
        case and(Term, Term)
        case or(Term, Term)
        case compare(String, String, String)
    }

    private let root: Term

    /// A condition of a kernel has some ten words, the longest a hundred. Trees are foreign, and each `(`, `!` and `&&`
    /// is a call within a call: what is longer is not judged.
    private static let longest = 1000

    init(_ text: String) {
        let tokens = text.utf8.count > 100 * Self.longest ? [] : Self.tokens(text)
        guard tokens.count <= Self.longest else {
            root = .value("y")
            return
        }
        var parser = Parser(tokens: tokens)
        root = parser.or()
    }

    /// The parts joined by `&&` that are n, as text.
    func unmet(in config: DotConfig) -> [String] {
        Self.conjuncts(root).filter { Self.evaluate($0, config) == 0 }.map { Self.text($0) }
    }

    private static func conjuncts(_ term: Term) -> [Term] {
        if case .and(let left, let right) = term { return conjuncts(left) + conjuncts(right) }
        return [term]
    }

    private static func evaluate(_ term: Term, _ config: DotConfig) -> Int {
        switch term {
        case .value(let name): return level(value(name, config))
        case .not(let inner): return 2 - evaluate(inner, config)
        case .and(let left, let right): return min(evaluate(left, config), evaluate(right, config))
        case .or(let left, let right): return max(evaluate(left, config), evaluate(right, config))
        case .compare(let left, let sign, let right):
            let (a, b) = (value(left, config), value(right, config))
            let holds: Bool
            switch sign {
            case "=": holds = a == b
            case "!=": holds = a != b
            default:
                // Versions of the compiler, in decimal. What is no number is not judged.
                guard let x = Int(a), let y = Int(b) else { return 2 }
                switch sign {
                case "<": holds = x < y
                case "<=": holds = x <= y
                case ">": holds = x > y
                default: holds = x >= y
                }
            }
            return holds ? 2 : 0
        }
    }

    private static func level(_ value: String) -> Int {
        switch value {
        case "n", "": 0
        case "m": 1
        default: 2
        }
    }

    private static func value(_ name: String, _ config: DotConfig) -> String {
        if name == "y" || name == "m" || name == "n" || name.first == "\"" || name.first?.isNumber == true {
            return name.filter { $0 != "\"" }
        }
        // A macro's value ($(cc-option,…)) is known to kconfig alone; it is not held against the symbol.
        if name.hasPrefix("$") { return "y" }
        return (config["CONFIG_" + name] ?? "n").filter { $0 != "\"" }
    }

    private static func text(_ term: Term) -> String {
        switch term {
        case .value(let name): return name
        case .not(let inner): return "!" + text(inner)
        case .and(let left, let right): return "(\(text(left)) && \(text(right)))"
        case .or(let left, let right): return "(\(text(left)) || \(text(right)))"
        case .compare(let left, let sign, let right): return left + sign + right
        }
    }

    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var rest = text[...]
        while let first = rest.first {
            if first == " " || first == "\t" {
                rest = rest.dropFirst()
            } else if first == "#" {
                break
            } else if first == "\"" {
                let body = rest.dropFirst().prefix { $0 != "\"" }
                tokens.append("\"\(body)\"")
                rest = rest.dropFirst(body.count + 2)
            } else if rest.hasPrefix("$(") {
                var depth = 0
                let body = rest.prefix { character in
                    if character == "(" { depth += 1 }
                    if character == ")" { depth -= 1 }
                    return !(character == ")" && depth == 0)
                }
                tokens.append(body + ")")
                rest = rest.dropFirst(body.count + 1)
            } else if let sign = ["&&", "||", "!=", "<=", ">=", "=", "<", ">", "!", "(", ")"].first(
                where: rest.hasPrefix
            ) {
                tokens.append(sign)
                rest = rest.dropFirst(sign.count)
            } else {
                let body = rest.prefix { !" \t&|!=<>()\"".contains($0) }
                // Something that has no place in a condition: skip it rather than spin.
                tokens.append(String(body.isEmpty ? rest.prefix(1) : body))
                rest = rest.dropFirst(max(body.count, 1))
            }
        }
        return tokens
    }

    private struct Parser {
        var tokens: [String]
        var position = 0

        private var next: String? { position < tokens.count ? tokens[position] : nil }

        private mutating func accept(_ token: String) -> Bool {
            guard next == token else { return false }
            position += 1
            return true
        }

        mutating func or() -> Term {
            var term = and()
            while accept("||") { term = .or(term, and()) }
            return term
        }

        private mutating func and() -> Term {
            var term = not()
            while accept("&&") { term = .and(term, not()) }
            return term
        }

        private mutating func not() -> Term {
            if accept("!") { return .not(not()) }
            if accept("(") {
                let term = or()
                _ = accept(")")
                return term
            }
            let left = next ?? "y"
            position += 1
            if let sign = next, ["=", "!=", "<", "<=", ">", ">="].contains(sign), position + 1 < tokens.count
            {
                let right = tokens[position + 1]
                position += 2
                return .compare(left, sign, right)
            }
            return .value(left)
        }
    }
}
