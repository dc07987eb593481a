// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// One pass over a template.
struct TemplateRenderer {
    private let template: Template
    private let environment: Template.Environment
    private let isReST: Bool
    /// Whether `#` begins a comment, so that only conditions of ours are directives.
    private let isPlain: Bool
    private var output: [UInt8] = []
    private var origin: [Int] = []
    /// Of prose, whose paragraphs are filled, the lines instead of `output`.
    private let filler: ParagraphFiller?
    private var prose: [ParagraphFiller.Line] = []
    /// Whether a directive of ours stands behind the last line.
    private var isBehindDirective = false
    private var branches: [Branch] = []
    private var problems: [Diagnostic] = []
    /// Of what came out so far, in bytes.
    private var size = 0
    /// How many of the problems are the tree's.
    private var lacking = 0
    /// Title of the line before, in the template and as rendered, if names were put into it.
    private var title: (template: Int, rendered: Int)?

    /// An open `#if`: one of ours, or one of the kernel's that is copied.
    private struct Branch {
        let line: Int
        /// `if`, `ifdef` or `ifndef`.
        let name: String
        let isOurs: Bool
        /// Whether lines are copied where the `#if` stands.
        let outer: Bool
        /// Whether some branch has held already.
        var taken: Bool
        var active: Bool
        var hadElse = false
    }

    init(template: Template, environment: Template.Environment) {
        self.template = template
        self.environment = environment
        let language = SourceLanguage(path: template.path)
        isReST = language == .reST
        isPlain = language == .plain
        filler = ParagraphFiller(path: template.path)
        output.reserveCapacity(template.bytes.count)
    }

    private var isTooLarge: Bool { size > Self.sizeLimit }

    private var isActive: Bool { branches.last?.active ?? true }

    mutating func run() throws(SeriesError) -> Template.Rendered {
        var start = 0
        var number = 0
        let bytes = template.bytes
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            number += 1
            take(bytes[start..<end], number)
            start = end
        }
        for branch in branches { report(branch.line, "#\(branch.name) without #endif") }
        guard problems.isEmpty else {
            throw SeriesError(problems.count == lacking ? .placement : .series, problems)
        }
        if let filler {
            for line in filler.fill(prose) {
                output += line.text.utf8
                output.append(UInt8(ascii: "\n"))
                origin.append(line.origin)
            }
        }
        return Template.Rendered(bytes: output, origin: origin)
    }

    private mutating func report(_ line: Int, _ message: String, notes: [String] = []) {
        problems.append(Diagnostic(file: template.path, line: line, message: message, notes: notes))
    }

    /// Bytes that come out, and what is said about one template; behind that it is cut off.
    private static let sizeLimit = 8 << 20
    private static let problemLimit = 100

    private mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) {
        guard problems.count < Self.problemLimit, !isTooLarge else { return }
        if let (directive, rest) = directive(line), handle(directive, rest, number) {
            isBehindDirective = true
            return
        }
        guard isActive else { return }
        let rendered = substitute(line, number)
        size += rendered.count
        if isTooLarge { report(number, "more than \(Self.sizeLimit >> 20) MB come out, which is the limit") }
        if filler != nil {
            keep(isReST ? adorned(line, rendered) : rendered, number, isChanged: rendered != line)
        } else {
            origin.append(number)
            output += rendered
        }
    }

    /// Remembers a line of prose, and whether it and the one before are as the template has them.
    private mutating func keep(_ line: ArraySlice<UInt8>, _ number: Int, isChanged: Bool) {
        if isBehindDirective, !prose.isEmpty { prose[prose.count - 1].isChanged = true }
        let text = line.last == UInt8(ascii: "\n") ? line.dropLast() : line
        prose.append(
            ParagraphFiller.Line(
                text: String(decoding: text, as: UTF8.self),
                origin: number,
                isChanged: isChanged || isBehindDirective
            )
        )
        isBehindDirective = false
    }

    /// `#if`, `#elif`, `#else`, `#endif` and what follows; nil for any other line.
    private func directive(_ line: ArraySlice<UInt8>) -> (name: String, rest: ArraySlice<UInt8>)? {
        guard line.first == UInt8(ascii: "#") else { return nil }
        if isPlain, !isOurs(line) { return nil }
        let text = line.dropFirst().drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let word = text.prefix(while: isWordByte)
        let names = ["if", "ifdef", "ifndef", "elif", "else", "endif"]
        return names.first { word.elementsEqual($0.utf8) }.map { ($0, text[word.endIndex...]) }
    }

    /// Whether a line of a file with `#` comments is a directive: one with a name of ours, or what belongs to one.
    private func isOurs(_ line: ArraySlice<UInt8>) -> Bool {
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return switch words.first {
        case "#else", "#endif": !branches.isEmpty && words.count == 1
        default:
            words.first?.dropFirst().first?.isLetter ?? false && words.contains { $0.contains("KPATCH_") }
        }
    }

    /// Whether the line was one of our directives.
    private mutating func handle(_ name: String, _ rest: ArraySlice<UInt8>, _ number: Int) -> Bool {
        let mentionsNames = rest.holds("KPATCH_")
        switch name {
        case "if", "ifdef", "ifndef":
            guard mentionsNames else {
                branches.append(
                    Branch(
                        line: number,
                        name: name,
                        isOurs: false,
                        outer: isActive,
                        taken: true,
                        active: isActive
                    )
                )
                return false
            }
            let holds = name == "if" ? evaluate(rest, number) : complain(name, number)
            branches.append(
                Branch(
                    line: number,
                    name: name,
                    isOurs: true,
                    outer: isActive,
                    taken: holds,
                    active: isActive && holds
                )
            )
            return true
        case "elif":
            guard let top = branches.last, top.isOurs else {
                if mentionsNames {
                    report(number, "#elif with KPATCH_ names belongs to a #if that is the kernel's own")
                }
                return mentionsNames
            }
            if top.hadElse { report(number, "#elif behind #else") }
            let holds = evaluate(rest, number)
            change {
                $0.active = $0.outer && !$0.taken && holds
                $0.taken = $0.taken || holds
            }
            return true
        case "else":
            guard let top = branches.last else {
                report(number, "#else without #if")
                return true
            }
            guard top.isOurs else { return false }
            if top.hadElse { report(number, "second #else") }
            change {
                $0.active = $0.outer && !$0.taken
                $0.taken = true
                $0.hadElse = true
            }
            return true
        default:
            guard let top = branches.popLast() else {
                report(number, "#endif without #if")
                return true
            }
            return top.isOurs
        }
    }

    private mutating func change(_ body: (inout Branch) -> Void) {
        guard !branches.isEmpty else { return }
        body(&branches[branches.count - 1])
    }

    private mutating func complain(_ name: String, _ number: Int) -> Bool {
        report(number, "#\(name) with a KPATCH_ name: write #if, every option value is always defined")
        return false
    }

    private mutating func evaluate(_ rest: ArraySlice<UInt8>, _ number: Int) -> Bool {
        let text = String(decoding: rest[..<(rest.place(of: "/*") ?? rest.endIndex)], as: UTF8.self)
        let condition: Condition
        do {
            condition = try Condition(String(text.trimmed))
        } catch {
            report(
                number,
                "mixed or malformed condition '\(String(decoding: rest, as: UTF8.self).trimmed)': \(error.message)",
                notes: [
                    "a condition is wholly KPATCH_ names with ! && || ( ); nest the kernel's own #if inside it"
                ]
            )
            return false
        }
        for name in condition.names where environment.conditions[name] == nil {
            if environment.values[name] != nil || environment.missing[name] != nil {
                report(number, "\(name) stands for text and is no condition")
            } else {
                report(
                    number,
                    "\(name) is not defined",
                    notes: suggestions(name, Array(environment.conditions.keys))
                )
            }
        }
        return condition.holds { environment.conditions[$0] ?? false }
    }

    // MARK: Names

    private mutating func substitute(_ line: ArraySlice<UInt8>, _ number: Int) -> ArraySlice<UInt8> {
        var found: [Range<Int>] = []
        scanNames(line) { found.append($0) }
        guard !found.isEmpty else { return line }
        var result: ArraySlice<UInt8> = []
        var position = line.startIndex
        for range in found {
            let name = String(decoding: line[range], as: UTF8.self)
            result += line[position..<range.lowerBound]
            position = range.upperBound
            if let value = environment.values[name] {
                result += value.utf8
            } else if let missing = environment.missing[name] {
                report(number, "\(name) has no value here: \(missing.reason)")
                if missing.isOfTree { lacking += 1 }
            } else if environment.conditions[name] != nil {
                report(number, "\(name) is a condition and stands for no text")
            } else {
                report(
                    number,
                    "\(name) is not defined",
                    notes: suggestions(name, Array(environment.values.keys))
                )
            }
        }
        return result + line[position...]
    }

    private func suggestions(_ name: String, _ known: [String]) -> [String] {
        let near = nearest(to: name, among: known.sorted(), by: { $0 })
        return near.isEmpty ? [] : ["did you mean \(near.prefix(3).joined(separator: ", "))?"]
    }

    // MARK: reST

    /// An underline that is as long as its title in the template is as long as
    /// its title in the result, whatever the names in it became.
    private mutating func adorned(_ line: ArraySlice<UInt8>, _ rendered: ArraySlice<UInt8>)
        -> ArraySlice<UInt8>
    {
        let length = width(line)
        defer { title = (length, width(rendered)) }
        guard let title, title.template == length, title.template != title.rendered, length >= 3,
            let mark = line.first, !isWordByte(mark), line.prefix(length).allSatisfy({ $0 == mark })
        else { return rendered }
        return [UInt8](repeating: mark, count: title.rendered) + line.dropFirst(length)
    }

    private func width(_ line: ArraySlice<UInt8>) -> Int {
        line.last == UInt8(ascii: "\n") ? line.count - 1 : line.count
    }
}
