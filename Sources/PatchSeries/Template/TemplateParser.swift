// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// Reads the lines of a template: which are directives of ours, what they ask, and where names are.
struct TemplateParser {
    private var result = Template.Content()
    private let path: String
    private let included: @Sendable (String) -> Template.Included?
    /// Whether `#` begins a comment, so that only conditions of ours are directives.
    private let isPlain: Bool
    private var open: [Open] = []

    /// An open `#if`: one of ours, or one of the kernel's that is copied.
    private struct Open {
        let position: SourcePosition
        /// `if`, `ifdef` or `ifndef`.
        let name: String
        let isOurs: Bool
        /// The branch around it.
        let outer: Int?
        /// What it asked so far; nothing for the kernel's own.
        var names: Set<String>
        var hadElse = false
        /// Whether a site begins it: its end may be in the file.
        var isOfSite = false
    }

    init(path: String, included: @escaping @Sendable (String) -> Template.Included?) {
        self.path = path
        self.included = included
        isPlain = SourceLanguage(path: path).hasHashComments
    }

    /// What was read.
    var content: Template.Content {
        var content = result
        content.unclosed = open.filter { $0.isOurs || !$0.isOfSite }.map {
            Template.Problem(position: $0.position, message: "#\($0.name) without #endif")
        }
        return content
    }

    /// Whether the next line is one that a site puts into the kernel: there an `#if` of the kernel may begin or end alone.
    private var isInSite = false

    /// The innermost branch where the next line stands.
    private var branch: Int?

    mutating func run(_ bytes: [UInt8]) { read(path, bytes, isIncluded: false) }

    private mutating func read(_ path: String, _ bytes: [UInt8], isIncluded: Bool) {
        var start = 0
        var number = 0
        let depth = open.count
        let isASCII = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f || $0 == 0x0a || $0 == 0x09 }
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            number += 1
            let position = SourcePosition(path, line: number)
            if !isASCII, let (message, note) = Self.foreign(bytes[start..<end], isFirst: start == 0) {
                // Most of the lines that follow are like it.
                add(bytes[start..<end], position, [], nil, message, [note])
                result.foreign = result.lines.last?.problem
                return open.removeLast(max(0, open.count - depth))
            }
            take(bytes[start..<end], position, isIncluded)
            start = end
        }
    }

    /// What no file of the kernel and no mail has, and what to do about it. Somebody's editor put it there.
    private static func foreign(_ line: ArraySlice<UInt8>, isFirst: Bool) -> (message: String, note: String)?
    {
        if isFirst, line.starts(with: [0xef, 0xbb, 0xbf]) {
            return (
                "the file begins with a byte order mark", "take it out: sed -i '1s/^\\xef\\xbb\\xbf//' FILE"
            )
        }
        if line.suffix(2).elementsEqual([0x0d, 0x0a]) || line.last == 0x0d {
            return ("the line ends with a carriage return", "take them out: sed -i 's/\\r$//' FILE")
        }
        // A form feed parts pages of old source files.
        if let byte = line.first(where: { $0 < 0x20 && ![0x09, 0x0a, 0x0c].contains($0) || $0 == 0x7f }) {
            return ("there is a control character, byte \(byte)", "take it out")
        }
        guard String(validating: line, as: UTF8.self) == nil else { return nil }
        return ("the line is not UTF-8", "convert it: iconv -f ISO-8859-1 -t UTF-8 FILE")
    }

    private mutating func take(_ text: ArraySlice<UInt8>, _ position: SourcePosition, _ isIncluded: Bool) {
        var names: [Range<Int>] = []
        scanNames(text) { names.append($0) }
        if let marker = marker(text) {
            guard let name = marker else { return add(text, position, names) }
            return include(name, text, position, isIncluded)
        }
        guard let (name, rest) = directive(text, names) else { return add(text, position, names) }
        handle(name, rest, text, position, names)
    }

    private mutating func add(
        _ text: ArraySlice<UInt8>,
        _ position: SourcePosition,
        _ names: [Range<Int>] = [],
        _ directive: Template.Directive? = nil,
        _ message: String? = nil,
        _ notes: [String] = []
    ) {
        result.lines.append(
            Template.Line(
                position: position,
                text: text,
                names: names,
                directive: directive,
                branch: branch,
                problem: message.map { Template.Problem(position: position, message: $0, notes: notes) }
            )
        )
    }

    // MARK: Markers

    /// The file that an `include` line names, or nil for another marker; nil of that for a line that is none.
    private mutating func marker(_ text: ArraySlice<UInt8>) -> String?? {
        guard text.contains(UInt8(ascii: "k")), text.holds("kpatch") else { return nil }
        guard let marker = SiteReader.marker(text) else { return nil }
        guard let words = marker, words.hasPrefix("include ") else {
            result.hasMarkers = true
            isInSite = marker != "end"
            return .some(nil)
        }
        return String(words.dropFirst("include ".count).trimmed)
    }

    private mutating func include(
        _ name: String,
        _ text: ArraySlice<UInt8>,
        _ position: SourcePosition,
        _ isIncluded: Bool
    ) {
        guard !isIncluded else {
            return add(text, position, [], nil, "a file that is included can't include another")
        }
        guard let file = included(name) else {
            return add(text, position, [], nil, "there is no \(name) to include", ["from the series' folder"])
        }
        let depth = open.count
        read(file.path, file.bytes, isIncluded: true)
        if open.count != depth {
            add([], position, [], nil, "the #if and #endif of \(file.path) don't match")
        }
    }

    // MARK: Directives

    /// `#if`, `#elif`, `#else`, `#endif` and what follows; nil for any other line.
    private func directive(_ line: ArraySlice<UInt8>, _ names: [Range<Int>]) -> (
        name: String, rest: ArraySlice<UInt8>
    )? {
        guard line.first == UInt8(ascii: "#") else { return nil }
        if isPlain, !isOurs(line, names) { return nil }
        let text = line.dropFirst().drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let word = text.prefix(while: isWordByte)
        return Self.words.first { word.elementsEqual($0.utf8) }.map { ($0, text[word.endIndex...]) }
    }

    private static let words = ["if", "ifdef", "ifndef", "elif", "else", "endif"]

    /// Whether a line of a file with `#` comments is a directive: one with a name of ours, or what belongs to one.
    private func isOurs(_ line: ArraySlice<UInt8>, _ names: [Range<Int>]) -> Bool {
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return switch words.first {
        case "#else", "#endif": !open.isEmpty && words.count == 1
        default: words.first?.dropFirst().first?.isLetter ?? false && !names.isEmpty
        }
    }

    private mutating func handle(
        _ name: String,
        _ rest: ArraySlice<UInt8>,
        _ text: ArraySlice<UInt8>,
        _ position: SourcePosition,
        _ names: [Range<Int>]
    ) {
        switch name {
        case "if", "ifdef", "ifndef":
            let isOurs = rest.holds("KPATCH_")
            guard isOurs else {
                open.append(
                    Open(
                        position: position,
                        name: name,
                        isOurs: false,
                        outer: branch,
                        names: [],
                        isOfSite: isInSite
                    )
                )
                return add(text, position)
            }
            if name == "if" {
                addCondition(rest, text, position, names) { .open($0) }
            } else {
                let message = "#\(name) with a KPATCH_ name: write #if, every option value is always defined"
                add(text, position, names, .open(nil), message)
            }
            open.append(
                Open(position: position, name: name, isOurs: true, outer: branch, names: texts(text, names))
            )
            enter()
        case "elif":
            guard let top = open.last, top.isOurs else {
                guard rest.holds("KPATCH_") else { return add(text, position) }
                let message = "#elif with KPATCH_ names belongs to a #if that is the kernel's own"
                return add(text, position, names, nil, message)
            }
            branch = top.outer
            if top.hadElse { add([], position, [], nil, "#elif behind #else") }
            addCondition(rest, text, position, names) { .next($0) }
            open[open.count - 1].names.formUnion(texts(text, names))
            enter()
        case "else":
            guard let top = open.last else {
                return add(text, position, names, nil, isInSite ? nil : "#else without #if")
            }
            guard top.isOurs else { return add(text, position, names) }
            branch = top.outer
            add(text, position, names, .otherwise, top.hadElse ? "second #else" : nil)
            open[open.count - 1].hadElse = true
            enter()
        default:
            guard let top = open.popLast() else {
                return add(text, position, names, nil, isInSite ? nil : "#endif without #if")
            }
            guard top.isOurs else { return add(text, position, names) }
            branch = top.outer
            add(text, position, names, .close)
        }
    }

    private mutating func enter() {
        guard let top = open.last else { return }
        result.branches.append(Template.Branch(outer: top.outer, names: top.names))
        branch = result.branches.count - 1
    }

    private func texts(_ line: ArraySlice<UInt8>, _ names: [Range<Int>]) -> Set<String> {
        Set(names.map { String(decoding: line[$0], as: UTF8.self) })
    }

    private mutating func addCondition(
        _ rest: ArraySlice<UInt8>,
        _ text: ArraySlice<UInt8>,
        _ position: SourcePosition,
        _ names: [Range<Int>],
        _ directive: (Condition?) -> Template.Directive
    ) {
        let words = String(decoding: rest[..<(rest.place(of: "/*") ?? rest.endIndex)], as: UTF8.self)
        do {
            add(text, position, names, directive(try Condition(String(words.trimmed))))
        } catch {
            add(
                text,
                position,
                names,
                directive(nil),
                "mixed or malformed condition '\(String(decoding: rest, as: UTF8.self).trimmed)': \(error.message)",
                ["a condition is wholly KPATCH_ names with ! && || ( ); nest the kernel's own #if inside it"]
            )
        }
    }
}
