// SPDX-License-Identifier: GPL-2.0-only

import CSource
import TestSupport

extension RandomEdit {
    /// A number that the series takes in a header.
    struct Number: Hashable {
        /// What the names of its space begin with.
        let prefix: String
        /// The enum it is of; nil for macros.
        let enumeration: String?
        /// The next free one.
        let value: UInt64
    }

    /// Edits that placing has once taken wrongly, or refused though the place was obvious.
    func shape(_ file: Original, _ site: Site, _ generator: inout SeededGenerator) -> [String]? {
        switch self {
        case .takeNumber: return takeNumber(file, &generator)
        case .carriageReturns: return file.lines.dropLast().map { $0 + "\r" } + file.lines.suffix(1)
        case .closeUp: return closeUp(file.lines, site)
        case .closeUpAssignment: return closeUpAssignment(file, site)
        case _ where file.language != .c: return nil
        case .extendBlock, .commentInBlock, .addElse, .openBraceTwice, .braceBelow:
            return block(file.lines, site, &generator)
        default: return head(file, site, &generator)
        }
    }

    // MARK: Blocks

    /// Edits of a block that begins at a site or next to it.
    private func block(_ lines: [String], _ site: Site, _ generator: inout SeededGenerator) -> [String]? {
        // As often as not the one that the site names.
        let near = Bool.random(using: &generator) ? 1 : 8
        let range = (max(2, site.line - near + 1)..<site.line + near).filter { $0 < lines.count - 2 }.map {
            $0 - 1
        }
        let places = range.filter { self == .addElse ? isBranch(lines, $0) : isOpening(lines, $0) }
        guard let index = places.randomElement(using: &generator) else { return nil }
        var result = lines
        let indent = String(lines[index].prefix { $0 == "\t" })
        switch self {
        case .extendBlock: result.insert(indent + "\tkpatch_more(kvm);", at: index + 1)
        case .commentInBlock: result.insert(indent + "\t/* Nobody knows why. */", at: index + 1)
        case .addElse:
            result.insert(contentsOf: [indent + "else", indent + "\tkpatch_other(kvm);"], at: index + 2)
        case .openBraceTwice:
            result.replaceSubrange(
                index...index,
                with: [
                    "#ifdef CONFIG_KPATCH", lines[index], "#else", indent + "if (kpatch_other) {", "#endif",
                ]
            )
        default:
            result.replaceSubrange(index...index, with: [String(lines[index].dropLast(2)), indent + "{"])
        }
        return result
    }

    /// Whether an `if`, `for`, `while` or `switch` on one line opens a block.
    private func isOpening(_ lines: [String], _ index: Int) -> Bool {
        let line = lines[index].drop { $0 == "\t" }
        return lines[index].hasPrefix("\t") && line.hasSuffix(") {")
            && ["if ", "for ", "while ", "switch "].contains { line.hasPrefix($0) }
            && line.count(where: { $0 == "(" }) == line.count(where: { $0 == ")" })
            && !lines[index - 1].hasSuffix("else")
    }

    /// Whether an `if` with one statement and without `else` takes this line and the next.
    private func isBranch(_ lines: [String], _ index: Int) -> Bool {
        let (line, next, behind) = (lines[index], lines[index + 1], lines[index + 2])
        return line.drop { $0 == "\t" }.hasPrefix("if (") && line.hasSuffix(")") && line.hasPrefix("\t")
            && line.count(where: { $0 == "(" }) == line.count(where: { $0 == ")" })
            && next.hasSuffix(";") && !next.drop { $0 == "\t" }.hasPrefix("if ")
            && !behind.contains("else") && !lines[index - 1].hasSuffix("else")
            && !lines[index - 1].hasSuffix(")")
    }

    // MARK: Functions and structs

    private func head(_ file: Original, _ site: Site, _ generator: inout SeededGenerator) -> [String]? {
        let lines = file.lines
        let items = Self.items(file, near: site.line)
        let wanted: [Ctags.Tag.Kind] = self == .flexibleArray ? [.structure] : [.function]
        guard let item = items.prefix(3).filter({ wanted.contains($0.kind) }).randomElement(using: &generator)
        else { return nil }
        let whole = Self.whole(item, lines)
        let text = Array(lines[whole])
        var result = lines
        guard self != .flexibleArray else {
            guard lines[item.lines.upperBound - 1] == "};" else { return nil }
            result.insert("\tu8 kpatch[];", at: item.lines.upperBound - 1)
            return result
        }
        guard let name = whole.first(where: { Self.begins(item.name, lines[$0]) }),
            let brace = whole.first(where: { lines[$0] == "{" }), brace > name
        else { return nil }
        switch self {
        case .extendHead:
            guard !lines[name].contains("(void)") else { return nil }
            result[name] = lines[name].replacing(
                item.name + "(",
                with: item.name + "(int kpatch, ",
                maxReplacements: 1
            )
        case .attributeHead:
            result[name] = lines[name].replacing(
                item.name + "(",
                with: "__cold " + item.name + "(",
                maxReplacements: 1
            )
        case .braceOnHead:
            result.replaceSubrange(brace - 1...brace, with: [lines[brace - 1] + " {"])
        case .jumpToLabel:
            let labels = lines[brace..<whole.upperBound].filter { line in
                line.hasSuffix(":") && line.dropLast().allSatisfy { $0.isLetter || $0 == "_" }
                    && line != "default:"
            }
            let places = (brace + 2..<whole.upperBound).filter {
                lines[$0].hasPrefix("\t") && !lines[$0].hasPrefix("\t\t") && lines[$0].hasSuffix(";")
                    && (lines[$0 - 1].hasSuffix(";") || lines[$0 - 1].isEmpty)
            }
            guard let label = labels.randomElement(using: &generator),
                let place = places.randomElement(using: &generator)
            else { return nil }
            result.insert(
                contentsOf: ["\tif (kpatch_early(kvm))", "\t\tgoto \(label.dropLast());"],
                at: place
            )
        case .addStub:
            let head = lines[name..<brace].joined(separator: " ").replacing("\t", with: "")
            let type = lines[name].hasPrefix("static ") ? "" : "static "
            let stub = type + head.replacing("static ", with: "static inline ") + " { return 0; }"
            result.replaceSubrange(
                whole,
                with: ["#ifdef CONFIG_KPATCH"] + text
                    + ["#else", type.isEmpty ? stub : "static inline " + head + " { return 0; }", "#endif"]
            )
        default:
            result.replaceSubrange(
                whole,
                with: ["#ifdef CONFIG_KPATCH"] + text
                    + [
                        "#else", "int \(item.name)(kvm)", "\tstruct kvm *kvm;", "{", "\treturn 0;", "}",
                        "#endif",
                    ]
            )
        }
        return result
    }

    private static func begins(_ name: String, _ line: String) -> Bool {
        line.contains(name + "(") && line.first.map { $0.isLetter || $0 == "_" } ?? false
    }

    // MARK: Any file

    private func closeUp(_ lines: [String], _ site: Site) -> [String]? {
        let near = (max(2, site.line - 3)..<min(site.line + 4, lines.count - 1)).map { $0 - 1 }
        let blank = near.filter { lines[$0].isEmpty }
        guard !blank.isEmpty else { return nil }
        return lines.enumerated().filter { !blank.contains($0.offset) }.map(\.element)
    }

    private func closeUpAssignment(_ file: Original, _ site: Site) -> [String]? {
        let near = max(0, site.line - 5)..<min(site.line + 5, file.lines.count)
        guard file.language == .plain, near.contains(where: { file.lines[$0].contains(" += ") }) else {
            return nil
        }
        return file.lines.enumerated().map { index, line in
            near.contains(index) ? line.replacing(" += ", with: "+=", maxReplacements: 1) : line
        }
    }

    // MARK: Numbers

    /// Takes the number that the series would, in one of the ways that C has.
    private func takeNumber(_ file: Original, _ generator: inout SeededGenerator) -> [String]? {
        guard let number = file.numbers.randomElement(using: &generator) else { return nil }
        let name = number.prefix + "TAKEN"
        let value = number.value
        let spelling = [
            "\(value)", "0x" + String(value, radix: 16), "(\(value - 1) + 1)", "(\(value))", "\(value)U",
        ]
        .randomElement(using: &generator)
        guard let spelling else { return nil }
        var result = file.lines
        let enumeration = number.enumeration.flatMap { name in
            file.tags.first { $0.kind == .enumeration && $0.name == name }
        }
        let macro = ["#define \(name) \(spelling)"]
        let other = ["enum { \(name) = \(spelling) };"]
        var forms = [macro, ["#ifdef KPATCH"] + macro + ["#endif"], other, ["#define \(name) __KPATCH(1)"]]
        var place = file.lines.lastIndex { $0.hasPrefix("#define " + number.prefix) }.map { $0 + 1 }
        if let enumeration {
            let end = enumeration.lines.upperBound - 1
            let last = file.lines[enumeration.lines.lowerBound..<end].lastIndex {
                $0.hasPrefix("\t" + number.prefix)
            }
            guard let last else { return nil }
            // Numbers that are counted on end up above those of SNP where it has its own.
            let isCounted = !file.lines[enumeration.lines.lowerBound..<end].contains { $0.contains(" = 100") }
            switch Int.random(in: isCounted ? 0..<4 : 1..<4, using: &generator) {
            // Counted on from the one before, and given behind the end of the enum.
            case 0:
                result.insert("\t\(name),", at: last)
                return result
            case 1:
                result.insert("\t\(name) = \(spelling),", at: last)
                return result
            case 2 where file.lines[last].hasSuffix(","):
                result.insert("\t\(name) = \(spelling),", at: last + 1)
                return result
            default:
                place = end + 1
                forms.removeLast()
            }
        }
        guard let place, let form = forms.randomElement(using: &generator) else { return nil }
        result.insert(contentsOf: form, at: place)
        return result
    }
}
