// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Synchronization

/// A template file: kernel C, reST or prose with `#if KPATCH_…` lines and
/// `KPATCH_name` identifiers. Everything else is copied byte for byte.
///
/// Its lines are read once, by one parser (TemplateParser.swift); whoever renders, checks or explains a template goes by
/// them.
public struct Template: Sendable {
    /// Path as the user knows it; for messages.
    public let path: String
    private let parsed: Parsed

    /// Its lines, with those of the files that it includes in place of the `include` lines.
    var lines: [Line] { parsed.content.lines }
    /// The branches of our `#if` lines.
    var branches: [Branch] { parsed.content.branches }
    /// `#if` lines, ours or the kernel's, that nothing closes.
    var unclosed: [Problem] { parsed.content.unclosed }
    /// The first line that is no plain text, where reading ended.
    var foreign: Problem? { parsed.content.foreign }
    /// Whether a line is a marker, or resembles one: without any the template is a whole new file.
    var hasMarkers: Bool { parsed.content.hasMarkers }

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - path: of the file, as the user knows it.
    ///   - bytes: of the file.
    ///   - included: gives the file that an `include` line names; nil if there is none.
    public init(
        path: String,
        bytes: [UInt8],
        included: @escaping @Sendable (String) -> Included? = { _ in nil }
    ) {
        self.path = path
        parsed = Parsed {
            var parser = TemplateParser(path: path, included: included)
            parser.run(bytes)
            return parser.content
        }
    }

    /// What the parser makes of a file.
    struct Content: Sendable {
        var lines: [Line] = []
        var branches: [Branch] = []
        var unclosed: [Problem] = []
        var foreign: Problem?
        var hasMarkers = false
    }

    /// The file, parsed when somebody asks: a selection takes few of a series' fragments.
    private final class Parsed: Sendable {
        private let known = Mutex<Content?>(nil)
        private let parse: @Sendable () -> Content

        init(_ parse: @escaping @Sendable () -> Content) {
            self.parse = parse
        }

        var content: Content {
            known.withLock { known in
                let content = known ?? parse()
                known = content
                return content
            }
        }
    }

    /// A file that templates share.
    public struct Included: Sendable {
        /// Path as the user knows it.
        public let path: String
        public let bytes: [UInt8]

        public init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// A line of a template.
    struct Line: Sendable {
        let position: SourcePosition
        /// With its newline.
        let text: ArraySlice<UInt8>
        /// Where the `KPATCH_` names are in it.
        let names: [Range<Int>]
        /// What it is if it isn't copied.
        let directive: Directive?
        /// The innermost branch of ours that it stands in.
        let branch: Int?
        let problem: Problem?

        var nameTexts: [String] { names.map { String(decoding: text[$0], as: UTF8.self) } }
    }

    /// One of our conditional lines. The condition is nil where it can't be read.
    enum Directive: Sendable {
        case open(Condition?)
        case next(Condition?)
        case otherwise
        case close
    }

    /// The lines from one directive of ours to the next that belongs to it.
    struct Branch: Sendable {
        /// The branch around it.
        let outer: Int?
        /// The names that were asked for up to here.
        let names: Set<String>
    }

    /// What is wrong with a line, whatever it is rendered with.
    struct Problem: Sendable {
        let position: SourcePosition
        let message: String
        var notes: [String] = []

        var diagnostic: Diagnostic { Diagnostic(at: position, message: message, notes: notes) }
    }

    /// What a template is rendered with.
    public struct Environment: Sendable {
        /// Truth of the upper-case names: option values and facts.
        public var conditions: [String: Bool]
        /// What the other names stand for, already without names in them.
        public var values: [String: String]
        /// Names that exist but have no value here, and why.
        public var missing: [String: Missing]

        /// Why a name has no value.
        public struct Missing: Sendable {
            public let reason: String
            /// Whether it is the tree that lacks something, not the series.
            public let isOfTree: Bool

            public init(reason: String, isOfTree: Bool) {
                self.reason = reason
                self.isOfTree = isOfTree
            }
        }

        public init(
            conditions: [String: Bool] = [:],
            values: [String: String] = [:],
            missing: [String: Missing] = [:]
        ) {
            self.conditions = conditions
            self.values = values
            self.missing = missing
        }
    }

    /// The text that came out, and which template line each of its lines came from.
    public struct Rendered: Sendable {
        public let bytes: [UInt8]
        /// Indices in the template's lines.
        let origins: [Int]

        /// The index in the template's lines of the one behind line `line` (from 1) of the text.
        func origin(of line: Int) -> Int {
            origins.indices.contains(line - 1) ? origins[line - 1] : origins.last ?? 0
        }
    }

    /// The files that its lines were written in.
    var files: Set<String> { Set(lines.map(\.position.path)) }

    /// Where a line of the template, given by its index, was written.
    func position(of index: Int) -> SourcePosition {
        lines.indices.contains(index) ? lines[index].position : SourcePosition(path, line: 1)
    }

    /// Every `KPATCH_` name the file mentions, in conditions or text.
    public var mentionedNames: Set<String> { mentionedNames(in: lines.indices) }

    /// The names in some of its lines, given by their indices.
    func mentionedNames(in indices: some Sequence<Int>) -> Set<String> {
        indices.reduce(into: []) { names, index in
            if lines.indices.contains(index) { names.formUnion(lines[index].nameTexts) }
        }
    }

    /// Where `name` is mentioned first.
    func position(of name: String) -> SourcePosition {
        lines.first { $0.nameTexts.contains(name) }?.position ?? SourcePosition(path)
    }

    /// The names in the conditions that stand around some lines, given by their indices.
    func conditionNames(around indices: Set<Int>) -> Set<String> {
        var found: Set<String> = []
        for index in indices where lines.indices.contains(index) {
            var branch = lines[index].branch
            while let inner = branch {
                found.formUnion(branches[inner].names)
                branch = branches[inner].outer
            }
        }
        return found
    }

    /// Takes the branches that hold and puts values for names.
    ///
    /// Errors name the template's line; all of them are found in one pass. They
    /// are of kind `.placement` if all that is wrong is what the tree lacks.
    public func render(_ environment: Environment) throws(SeriesError) -> Rendered {
        var renderer = TemplateRenderer(template: self, environment: environment)
        return try renderer.run()
    }
}

/// Calls `body` with the range of each identifier that begins with `KPATCH_`.
func scanNames(_ bytes: ArraySlice<UInt8>, _ body: (Range<Int>) -> Void) {
    var index = bytes.startIndex
    while index < bytes.endIndex {
        guard isWordByte(bytes[index]) else {
            index += 1
            continue
        }
        var end = index + 1
        while end < bytes.endIndex, isWordByte(bytes[end]) { end += 1 }
        if bytes[index] == UInt8(ascii: "K"), bytes[index..<end].starts(with: "KPATCH_".utf8) {
            body(index..<end)
        }
        index = end
    }
}

/// The names in a text that is no file.
func mentionedNames(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var result: [String] = []
    scanNames(bytes[...]) { result.append(String(decoding: bytes[$0], as: UTF8.self)) }
    return result
}
