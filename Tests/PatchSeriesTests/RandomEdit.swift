// SPDX-License-Identifier: GPL-2.0-only

import CSource
import TestSupport

/// What other people do to a file between two kernel versions, near the places that the series edits.
enum RandomEdit: CaseIterable {
    // Whole functions, structs, enums, tables.
    case insertFunction, duplicateItem, renameItem, removeItem, moveItem, reindentItem
    case wrapItem, wrapHead, disableItem, putMacroAbove
    // Statements, members, enumerators, entries.
    case insertStatement, wrapStatement, duplicateStatement, moveStatement, moveCase, splitBranch
    case joinLines, splitLine, insertBlankLine, insertComment
    // What a site names, where it doesn't count.
    case quoteAnchor, printAnchor, defineAnchor, disableAnchor, copyAnchor
    // What placing once took wrongly, or refused for nothing.
    case extendBlock, commentInBlock, addElse, openBraceTwice, braceBelow
    case extendHead, attributeHead, braceOnHead, jumpToLabel, addStub, twinOfOldStyle, flexibleArray
    case takeNumber, carriageReturns, closeUp, closeUpAssignment
    // Any file.
    case duplicateLine, swapLines, removeLine, respaceLine, insertSection, copyTitle

    /// Whether the places near it are as obvious as before.
    var isHarmless: Bool {
        switch self {
        case .insertFunction, .moveItem, .reindentItem, .moveCase, .insertBlankLine, .insertComment,
            .openBraceTwice,
            .braceBelow, .braceOnHead, .addStub, .carriageReturns, .closeUp, .closeUpAssignment, .quoteAnchor,
            .printAnchor, .defineAnchor, .disableAnchor, .splitLine, .respaceLine, .insertStatement:
            true
        default: false
        }
    }

    /// A site of the series in the file.
    struct Site: Hashable {
        /// 1-based.
        let line: Int
        /// What it says, as messages show it.
        let anchor: String

        /// The code, title or line that it names, if it names one.
        var named: String? {
            for (mark, end) in [(" '", "'"), (" section \"", "\"")] {
                guard anchor.hasSuffix(end), let range = anchor.ranges(of: mark).last else { continue }
                return String(anchor[range.upperBound...].dropLast())
            }
            return nil
        }
    }

    /// A file before the edit.
    struct Original {
        let lines: [String]
        let tags: [Ctags.Tag]
        let language: SourceLanguage
        /// Of all variants.
        let sites: [Site]
        /// Those that the series takes in this file.
        let numbers: [Number]

        init(_ path: String, _ bytes: [UInt8], _ tags: [Ctags.Tag], _ sites: [Site], _ numbers: [Number]) {
            lines = String(decoding: bytes, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            (self.tags, self.sites, self.numbers) = (tags, sites, numbers)
            language = SourceLanguage(path: path)
        }
    }

    /// The file after the edit; nil if there is nothing to edit near the site.
    func apply(to file: Original, near site: Site, _ generator: inout SeededGenerator) -> [String]? {
        switch self {
        case .duplicateLine, .swapLines, .removeLine, .respaceLine, .insertSection, .copyTitle:
            line(file, site, &generator)
        case .extendBlock, .commentInBlock, .addElse, .openBraceTwice, .braceBelow, .extendHead,
            .attributeHead,
            .braceOnHead, .jumpToLabel, .addStub, .twinOfOldStyle, .flexibleArray, .takeNumber,
            .carriageReturns,
            .closeUp, .closeUpAssignment:
            shape(file, site, &generator)
        case _ where file.language != .c: nil
        case .insertFunction, .duplicateItem, .renameItem, .removeItem, .moveItem, .reindentItem, .wrapItem,
            .wrapHead, .disableItem, .putMacroAbove:
            item(file, site, &generator)
        default: statement(file, site, &generator)
        }
    }

    /// The functions, structs, enums and tables next to a place, nearest first.
    static func items(_ file: Original, near line: Int) -> [Ctags.Tag] {
        file.tags.filter { $0.kind == .function || $0.lines.count > 2 }
            .sorted { distance($0, line) < distance($1, line) }
    }

    private static func distance(_ tag: Ctags.Tag, _ line: Int) -> Int {
        tag.lines.contains(line) ? 0 : min(abs(tag.lines.lowerBound - line), abs(tag.lines.upperBound - line))
    }

    private func item(_ file: Original, _ site: Site, _ generator: inout SeededGenerator) -> [String]? {
        let items = Self.items(file, near: site.line)
        guard let item = items.prefix(4).randomElement(using: &generator) else { return nil }
        let whole = Self.whole(item, file.lines)
        let text = Array(file.lines[whole])
        var result = file.lines
        switch self {
        case .insertFunction:
            result.insert(
                contentsOf: Self.split(AwkwardCode.functions.randomElement(using: &generator)) + [""],
                at: whole.lowerBound
            )
        case .putMacroAbove:
            result.insert(
                contentsOf: Self.split(AwkwardCode.heads.randomElement(using: &generator)),
                at: Bool.random(using: &generator) ? whole.lowerBound : item.lines.lowerBound - 1
            )
        case .duplicateItem:
            result.insert(contentsOf: [""] + text, at: whole.upperBound)
        case .renameItem:
            result = file.lines.map { Self.rename(item.name, in: $0) }
        case .removeItem:
            result.removeSubrange(whole)
        case .moveItem:
            guard let other = items.dropFirst(4).prefix(4).randomElement(using: &generator) else {
                return nil
            }
            let target = Self.whole(other, file.lines).lowerBound
            result.removeSubrange(whole)
            result.insert(
                contentsOf: text + [""],
                at: target > whole.lowerBound ? target - whole.count : target
            )
        case .reindentItem:
            let unit = ["    ", "\t\t", "  ", "\t\u{c}", ""].randomElement(using: &generator) ?? "\t"
            result.replaceSubrange(
                whole,
                with: text.map { line in
                    let tabs = line.prefix { $0 == "\t" }.count
                    return String(repeating: unit, count: tabs) + line.dropFirst(tabs)
                }
            )
        case .wrapItem:
            let copy = Bool.random(using: &generator) ? ["#else"] + text : []
            result.replaceSubrange(whole, with: ["#ifdef CONFIG_KPATCH"] + text + copy + ["#endif"])
        case .wrapHead:
            guard let brace = text.firstIndex(of: "{") else { return nil }
            let head = text[..<brace]
            result.replaceSubrange(
                whole,
                with: ["#ifdef CONFIG_KPATCH"] + head + ["#else"] + head + ["#endif"] + text[brace...]
            )
        default:
            result.replaceSubrange(whole, with: ["#if 0"] + text + ["#endif"])
        }
        return result
    }

    /// The lines (by index) of an item with its comment and the lines of its head above the name.
    static func whole(_ item: Ctags.Tag, _ lines: [String]) -> Range<Int> {
        var first = item.lines.lowerBound - 1
        while first > 0, !lines[first - 1].isEmpty, !lines[first - 1].hasPrefix("#"),
            !lines[first - 1].hasPrefix("}")
        { first -= 1 }
        return first..<item.lines.upperBound
    }

    static func split(_ text: String?) -> [String] {
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
