// SPDX-License-Identifier: GPL-2.0-only

import TestSupport

extension RandomEdit {
    /// Edits between the lines of a function or list.
    func statement(_ file: Original, _ site: Site, _ generator: inout SeededGenerator) -> [String]? {
        guard let item = Self.items(file, near: site.line).prefix(4).randomElement(using: &generator) else {
            return nil
        }
        let lines = file.lines
        // An `if` belongs into a function.
        guard self != .splitBranch || item.kind == .function else { return nil }
        // Half of the time in the item around the site, if there is one.
        let range =
            item.lines.contains(site.line) || Bool.random(using: &generator)
            ? max(1, site.line - 8)..<site.line + 8 : Range(item.lines)
        // A simple statement on one line that begins and ends one.
        let places = range.filter { isStatement($0, lines) }
        guard let number = places.randomElement(using: &generator) else { return nil }
        let index = number - 1
        var result = lines
        switch self {
        case .insertStatement:
            result.insert(
                contentsOf: Self.split(AwkwardCode.statements.randomElement(using: &generator)),
                at: index
            )
        case .wrapStatement:
            result.replaceSubrange(index...index, with: ["#ifdef CONFIG_KPATCH", lines[index], "#endif"])
        case .duplicateStatement: result.insert(lines[index], at: index)
        case .moveStatement:
            guard let other = places.randomElement(using: &generator), other != number else { return nil }
            let text = result.remove(at: index)
            result.insert(text, at: other - 1)
        case .moveCase: return moveCase(lines, Range(item.lines), &generator)
        case .splitBranch:
            // Two beginnings, one end.
            result.replaceSubrange(
                index...index,
                with: [
                    "#ifdef CONFIG_KPATCH", "\tif (kpatch_a) {", "#else", "\tif (kpatch_b) {", "#endif",
                    lines[index], "\t}",
                ]
            )
        case .joinLines:
            guard !lines[index - 1].isEmpty, !lines[index - 1].hasPrefix("#") else { return nil }
            result.replaceSubrange(
                index - 1...index,
                with: [lines[index - 1] + " " + lines[index].drop { $0 == "\t" }]
            )
        case .splitLine:
            let cuts = lines[index].indices.dropFirst().filter { lines[index][$0] == " " }
            guard let cut = cuts.randomElement(using: &generator) else { return nil }
            let tail = lines[index][cut...].dropFirst()
            result.replaceSubrange(index...index, with: [String(lines[index][..<cut]), "\t\t" + tail])
        case .insertBlankLine: result.insert("", at: index)
        case .insertComment: result.insert(contentsOf: ["\t/* It's a", "\t * brace: } */"], at: index)
        default: return anchor(lines, site, at: index, &generator)
        }
        return result
    }

    /// The anchor's own words, where they are not the place.
    private func anchor(
        _ lines: [String],
        _ site: Site,
        at index: Int,
        _ generator: inout SeededGenerator
    ) -> [String]? {
        guard let named = site.named, !named.hasPrefix("#") else { return nil }
        // No compiler takes half of an anchor for a statement, and ctags is lost behind it.
        let isWhole = named.count(where: { $0 == "(" }) == named.count(where: { $0 == ")" })
        guard isWhole || self != .copyAnchor else { return nil }
        let text: [String] =
            switch self {
            case .quoteAnchor: ["\t/* \(named) */", "\t// \(named)"]
            case .printAnchor:
                ["\tpr_debug(\"\(named.replacing("\"", with: "\\\"")) {\");"]
            case .defineAnchor: ["#define KPATCH_ANCHOR do { \\", "\t\(named) \\", "\t} while (0)"]
            case .disableAnchor: ["#if 0", "\t\(named)", "#endif"]
            default: ["\t\(named)" + (named.hasSuffix(";") ? "" : ";")]
            }
        // A continued line would swallow the next one.
        guard !lines[index - 1].hasSuffix("\\") else { return nil }
        var result = lines
        result.insert(contentsOf: text, at: index)
        return result
    }

    private func isStatement(_ number: Int, _ lines: [String]) -> Bool {
        guard number >= 2, number < lines.count else { return false }
        let (above, here) = (lines[number - 2], lines[number - 1])
        return here.hasPrefix("\t") && (here.hasSuffix(";") || here.hasSuffix(","))
            && here.count(where: { $0 == "(" }) == here.count(where: { $0 == ")" })
            && (above.hasSuffix(";") || above.hasSuffix("{") || above.hasSuffix(",") || above.isEmpty)
    }

    /// Puts one of two neighbouring cases of a switch in front of the other.
    private func moveCase(_ lines: [String], _ range: Range<Int>, _ generator: inout SeededGenerator)
        -> [String]?
    {
        let indent = "\tcase "
        let starts = range.map { $0 - 1 }.filter { index in
            lines[index].hasPrefix(indent)
                && ["break;", "}", "{"].contains { lines[index - 1].hasSuffix($0) }
        }
        guard starts.count > 2 else { return nil }
        let first = Int.random(in: 0..<starts.count - 2, using: &generator)
        let (top, middle, bottom) = (starts[first], starts[first + 1], starts[first + 2])
        var result = lines
        result.replaceSubrange(top..<bottom, with: Array(lines[middle..<bottom] + lines[top..<middle]))
        return result
    }
}
