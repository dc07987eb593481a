// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// One pass over a template.
struct TemplateRenderer {
    private let template: Template
    private let environment: Template.Environment
    private let isReST: Bool
    private var output: [UInt8] = []
    private var origins: [Int] = []
    /// Of prose, whose paragraphs are filled, the lines instead of `output`.
    private let filler: ParagraphFiller?
    private var prose: [ParagraphFiller.Line] = []
    /// Whether a directive of ours stands behind the last line.
    private var isBehindDirective = false
    private var open: [Open] = []
    private var problems: [Diagnostic] = []
    /// Of what came out so far, in bytes.
    private var size = 0
    /// How many of the problems are the tree's.
    private var lacking = 0
    /// Title of the line before, in the template and as rendered, if names were put into it.
    private var title: (template: Int, rendered: Int)?

    /// An open `#if` of ours.
    private struct Open {
        /// Whether lines are copied where the `#if` stands.
        let outer: Bool
        /// Whether some branch has held already.
        var taken: Bool
        var active: Bool
    }

    init(template: Template, environment: Template.Environment) {
        self.template = template
        self.environment = environment
        isReST = SourceLanguage(path: template.path) == .reST
        filler = ParagraphFiller(path: template.path, hasMarkers: template.hasMarkers)
        output.reserveCapacity(template.lines.count * 32)
    }

    private var isTooLarge: Bool { size > Self.sizeLimit }

    private var isActive: Bool { open.last?.active ?? true }

    mutating func run() throws(SeriesError) -> Template.Rendered {
        for (index, line) in template.lines.enumerated() { take(line, index) }
        problems += template.unclosed.prefix(Self.problemLimit).map(\.diagnostic)
        guard problems.isEmpty else {
            throw SeriesError(problems.count == lacking ? .placement : .series, problems)
        }
        if let filler {
            for line in filler.fill(prose) {
                output += line.text.utf8
                output.append(UInt8(ascii: "\n"))
                origins.append(line.origin)
            }
        }
        return Template.Rendered(bytes: output, origins: origins)
    }

    private mutating func report(_ line: Template.Line, _ message: String, notes: [String] = []) {
        problems.append(Diagnostic(at: line.position, message: message, notes: notes))
    }

    /// Bytes that come out, and what is said about one template; behind that it is cut off.
    private static let sizeLimit = Limits.raised(8 << 20)
    private static let problemLimit = 100

    private mutating func take(_ line: Template.Line, _ index: Int) {
        guard problems.count < Self.problemLimit, !isTooLarge else { return }
        if let problem = line.problem { problems.append(problem.diagnostic) }
        if let directive = line.directive {
            handle(directive, line)
            isBehindDirective = true
            return
        }
        guard isActive, line.problem == nil else { return }
        let rendered = substitute(line)
        size += rendered.count
        if isTooLarge { report(line, "more than \(Self.sizeLimit >> 20) MB come out, which is the limit") }
        if filler != nil {
            keep(isReST ? adorned(line.text, rendered) : rendered, index, isChanged: rendered != line.text)
        } else {
            origins.append(index)
            output += rendered
        }
    }

    /// Remembers a line of prose, and whether it and the one before are as the template has them.
    private mutating func keep(_ line: ArraySlice<UInt8>, _ index: Int, isChanged: Bool) {
        if isBehindDirective, !prose.isEmpty { prose[prose.count - 1].isChanged = true }
        let text = line.last == UInt8(ascii: "\n") ? line.dropLast() : line
        prose.append(
            ParagraphFiller.Line(
                text: String(decoding: text, as: UTF8.self),
                origin: index,
                isChanged: isChanged || isBehindDirective
            )
        )
        isBehindDirective = false
    }

    private mutating func handle(_ directive: Template.Directive, _ line: Template.Line) {
        switch directive {
        case .open(let condition):
            let holds = evaluate(condition, line)
            open.append(Open(outer: isActive, taken: holds, active: isActive && holds))
        case .next(let condition):
            let holds = evaluate(condition, line)
            change {
                $0.active = $0.outer && !$0.taken && holds
                $0.taken = $0.taken || holds
            }
        case .otherwise:
            change {
                $0.active = $0.outer && !$0.taken
                $0.taken = true
            }
        case .close:
            _ = open.popLast()
        }
    }

    private mutating func change(_ body: (inout Open) -> Void) {
        guard !open.isEmpty else { return }
        body(&open[open.count - 1])
    }

    private mutating func evaluate(_ condition: Condition?, _ line: Template.Line) -> Bool {
        guard let condition else { return false }
        for name in condition.names where environment.conditions[name] == nil {
            if environment.values[name] != nil || environment.missing[name] != nil {
                report(line, "\(name) stands for text and is no condition")
            } else {
                report(
                    line,
                    "\(name) is not defined",
                    notes: suggestions(name, Array(environment.conditions.keys))
                )
            }
        }
        return condition.holds { environment.conditions[$0] ?? false }
    }

    // MARK: Names

    private mutating func substitute(_ line: Template.Line) -> ArraySlice<UInt8> {
        guard !line.names.isEmpty else { return line.text }
        var result: ArraySlice<UInt8> = []
        var position = line.text.startIndex
        for range in line.names {
            let name = String(decoding: line.text[range], as: UTF8.self)
            result += line.text[position..<range.lowerBound]
            position = range.upperBound
            if let value = environment.values[name] {
                result += value.utf8
            } else if let missing = environment.missing[name] {
                report(line, "\(name) has no value here: \(missing.reason)")
                if missing.isOfTree { lacking += 1 }
            } else if environment.conditions[name] != nil {
                report(line, "\(name) is a condition and stands for no text")
            } else {
                report(
                    line,
                    "\(name) is not defined",
                    notes: suggestions(name, Array(environment.values.keys))
                )
            }
        }
        return result + line.text[position...]
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
