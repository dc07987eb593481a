// SPDX-License-Identifier: GPL-2.0-only

import Testing

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014):
/// a seed that fits a message replays a run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// What other people do to a file between two kernel versions, near the places that the series edits.
enum RandomEdit: CaseIterable {
    case insertFunction, duplicateFunction, renameFunction, removeFunction, moveFunction, reindentFunction
    case wrapFunction, wrapHead, disableFunction
    case insertStatement, wrapStatement, duplicateStatement, joinLines, insertBlankLine, insertComment

    /// Code that is awkward to read, for a place between functions.
    private static let functions = [
        "static int kpatch_neighbour(struct kvm *kvm)\n{\n\tint r;\n\n\tmutex_lock(&kvm->lock);\n\tswitch (kvm->x) {\n\tdefault:\n\t\tr = 1;\n\t}\n\tmutex_unlock(&kvm->lock);\n\treturn r;\n}\n",
        "#if 0\nstatic int kpatch_dead(void)\n{\n\tif (x) {\n#endif\n",
        "/* { */\nstatic const char *kpatch_text = \"}{ /* \\\" \";\n",
        "#define KPATCH_OPEN(x) do { \\\n\tif (x) {\n#define KPATCH_CLOSE } } while (0)\n",
        "#ifdef CONFIG_A\nstatic int kpatch_two_heads(int a)\n#else\nstatic int kpatch_two_heads(long a)\n#endif\n{\n\treturn a == '{' || a == '\\'';\n}\n",
        "static void __printf(1, 2) __cold kpatch_attributes(const char *text, ...)\n{\n\tif (text)\n\t\tdo_it(text);\n\telse if (*text)\n\t\tdo { } while (0);\n}\nEXPORT_SYMBOL_GPL(kpatch_attributes);\n",
    ]

    /// The same for a place between statements.
    private static let statements = [
        "\tif (kvm->a) {\n\t\tx = '}';\n\t} else if (kvm->b) {\n\t\tmutex_lock(&kvm->lock);\n\t} else {\n\t\tmutex_unlock(&kvm->lock);\n\t}\n",
        "\tdo {\n\t\tif (!sev_guest(kvm))\n\t\t\treturn -ENOTTY;\n\t} while (kvm->a);\n",
        "\tKPATCH_TRACE(kvm)\n",
        "\tlist_for_each_entry(a, b, c)\n\t\tif (a)\n\t\t\tcontinue;\n\t\telse\n\t\t\tbreak;\n",
        "\tpr_debug(\"} %s {\\n\", \"/*\"); // it's a brace: }\n",
        "#ifdef CONFIG_A\n\tif (kvm->a)\n#endif\n\t\tmutex_lock(&kvm->lock);\n",
        "\tmutex_lock(&kvm->lock);\n",
    ]

    /// The file after the edit; nil if there is nothing to edit near `line` (1-based).
    func apply(to lines: [String], _ tags: [Ctags.Tag], near line: Int, _ generator: inout SeededGenerator)
        -> [String]?
    {
        let functions = tags.filter { $0.kind == .function }
            .sorted { abs($0.lines.lowerBound - line) < abs($1.lines.lowerBound - line) }
        guard let function = functions.prefix(4).randomElement(using: &generator) else { return nil }
        let whole = Self.whole(function, lines)
        let text = Array(lines[whole])
        var result = lines
        switch self {
        case .insertFunction:
            result.insert(
                contentsOf: Self.split(Self.functions.randomElement(using: &generator)) + [""],
                at: whole.lowerBound
            )
        case .duplicateFunction:
            result.insert(contentsOf: [""] + text, at: whole.upperBound)
        case .renameFunction:
            result = lines.map { Self.rename(function.name, in: $0) }
        case .removeFunction:
            result.removeSubrange(whole)
        case .moveFunction:
            guard let other = functions.dropFirst(4).prefix(4).randomElement(using: &generator) else {
                return nil
            }
            let target = Self.whole(other, lines).lowerBound
            result.removeSubrange(whole)
            result.insert(
                contentsOf: text + [""],
                at: target > whole.lowerBound ? target - whole.count : target
            )
        case .reindentFunction:
            let unit = ["    ", "\t\t", "  ", "\t\u{c}"].randomElement(using: &generator) ?? "\t"
            result.replaceSubrange(
                whole,
                with: text.map { line in
                    let tabs = line.prefix { $0 == "\t" }.count
                    return String(repeating: unit, count: tabs) + line.dropFirst(tabs)
                }
            )
        case .wrapFunction:
            let copy = Bool.random(using: &generator) ? ["#else"] + text : []
            result.replaceSubrange(whole, with: ["#ifdef CONFIG_KPATCH"] + text + copy + ["#endif"])
        case .wrapHead:
            guard let brace = text.firstIndex(of: "{") else { return nil }
            let head = text[..<brace]
            result.replaceSubrange(
                whole,
                with: ["#ifdef CONFIG_KPATCH"] + head + ["#else"] + head + ["#endif"] + text[brace...]
            )
        case .disableFunction:
            result.replaceSubrange(whole, with: ["#if 0"] + text + ["#endif"])
        default:
            return statement(lines, function, near: line, &generator)
        }
        return result
    }

    private func statement(
        _ lines: [String],
        _ function: Ctags.Tag,
        near line: Int,
        _ generator: inout SeededGenerator
    ) -> [String]? {
        // Half of the time in the function around the site, if there is one.
        let range =
            function.lines.contains(line) || Bool.random(using: &generator)
            ? max(1, line - 8)..<line + 8 : Range(function.lines)
        // A simple statement on one line that begins and ends one.
        let places = range.filter { number in
            guard number >= 2, number < lines.count else { return false }
            let (above, here) = (lines[number - 2], lines[number - 1])
            return here.hasPrefix("\t") && here.hasSuffix(";")
                && here.count(where: { $0 == "(" }) == here.count(where: { $0 == ")" })
                && (above.hasSuffix(";") || above.hasSuffix("{") || above.isEmpty)
        }
        guard let number = places.randomElement(using: &generator) else { return nil }
        let index = number - 1
        var result = lines
        switch self {
        case .insertStatement:
            result.insert(contentsOf: Self.split(Self.statements.randomElement(using: &generator)), at: index)
        case .wrapStatement:
            result.replaceSubrange(index...index, with: ["#ifdef CONFIG_KPATCH", lines[index], "#endif"])
        case .duplicateStatement: result.insert(lines[index], at: index)
        case .joinLines:
            guard !lines[index - 1].isEmpty, !lines[index - 1].hasPrefix("#") else { return nil }
            result.replaceSubrange(
                index - 1...index,
                with: [lines[index - 1] + " " + lines[index].drop { $0 == "\t" }]
            )
        case .insertBlankLine: result.insert("", at: index)
        case .insertComment: result.insert(contentsOf: ["\t/* It's a", "\t * brace: } */"], at: index)
        default: return nil
        }
        return result
    }

    /// The lines (by index) of a function with its comment and the lines of its head above the name.
    private static func whole(_ function: Ctags.Tag, _ lines: [String]) -> Range<Int> {
        var first = function.lines.lowerBound - 1
        while first > 0, !lines[first - 1].isEmpty, !lines[first - 1].hasPrefix("#"),
            !lines[first - 1].hasPrefix("}")
        { first -= 1 }
        return first..<function.lines.upperBound
    }

    private static func split(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private static func rename(_ name: String, in line: String) -> String {
        var result = ""
        var rest = Substring(line)
        while let range = rest.firstRange(of: name) {
            let (before, after) = (rest[..<range.lowerBound].last, rest[range.upperBound...].first)
            let isWhole = [before, after].allSatisfy {
                $0.map { !($0.isLetter || $0.isNumber || $0 == "_") } ?? true
            }
            result += rest[..<range.upperBound] + (isWhole ? "_renamed" : "")
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
