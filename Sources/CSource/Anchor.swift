// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Where in a file a site goes, by structure.
///
/// The outer part (`containers`) is read off the template itself: the function,
/// struct, enum, table or block that the marker stands in. The inner part is
/// what the marker says.
public struct Anchor: Sendable, Equatable, CustomStringConvertible {
    public enum Relation: String, Sendable, CaseIterable {
        case before, after
        /// The declarator of a function, without its braces and what is between them.
        case replaceHead = "replace head of"
        /// The item with the comment directly above it; a case with its statements.
        case replaceWhole = "replace whole"
        case replace
        case atStart = "at start"
        case atEnd = "at end"
        case removeBlankLineBefore = "remove blank line before"
        /// Lines that are given with those around them, as a diff shows them.
        case hunk
        /// The same, and a blank line that would be one too many without it.
        case remove

        /// Whether code goes that stands there.
        public var isReplacement: Bool {
            switch self {
            case .replace, .replaceHead, .replaceWhole, .remove, .hunk: true
            case .before, .after, .atStart, .atEnd, .removeBlankLineBefore: false
            }
        }
    }

    /// What the relation refers to.
    public enum Target: Sendable, Equatable {
        /// A declaration by its name.
        case named(NamedKind, String)
        /// The one item of the container that begins with these tokens.
        case code(CPattern)
        /// The statements, members, entries or declarations of the container that read so, token by token.
        case run(CRun)
        /// The lines that read so, to the byte.
        case lines(LineRun)
        /// The `#define` with the highest value among those whose names begin so.
        case macroRun(prefix: String)
        /// A reST section by its whole title.
        case section(String)
        /// The line that reads so, runs of white space being equal.
        case line(String)
        /// The paragraph of prose that begins so.
        case paragraph(String)
        /// The sentence of a paragraph that begins so.
        case sentence(String)
        /// The innermost container.
        case container
    }

    /// The declarations that can be named at file level.
    public enum NamedKind: String, Sendable, CaseIterable {
        case function, prototype, variable, macro
        case aggregate = "struct"
        case union
        case enumeration = "enum"
    }

    /// One level of nesting, outermost first.
    public enum Container: Sendable, Equatable, CustomStringConvertible {
        case function(String)
        case aggregate(String)
        case enumeration(String)
        case table(String)
        /// A compound statement, by the tokens in front of its brace.
        case block(CPattern)
        /// A reST section by its whole title.
        case section(String)

        public var description: String {
            switch self {
            case .function(let name): "function \(name)"
            case .aggregate(let name): "struct \(name)"
            case .enumeration(let name): "enum \(name)"
            case .table(let name): "table \(name)"
            case .block(let head): "block '\(head)'"
            case .section(let title): "section \"\(title)\""
            }
        }
    }

    public var containers: [Container]
    public var relation: Relation
    public var target: Target

    public init(containers: [Container] = [], relation: Relation, target: Target) {
        self.containers = containers
        self.relation = relation
        self.target = target
    }

    public var description: String {
        let place = containers.map { "in \($0), " }.joined()
        switch target {
        case .named(let kind, let name): return "\(place)\(relation.rawValue) \(kind.rawValue) \(name)"
        case .code(let pattern): return "\(place)\(relation.rawValue) '\(pattern)'"
        case .run(let run): return "\(place)\(relation.rawValue) '\(run)'"
        case .lines(let run): return "\(place)\(relation.rawValue) '\(run)'"
        case .macroRun(let prefix): return "\(place)\(relation.rawValue) macro run \(prefix)"
        case .section(let title): return "\(place)\(relation.rawValue) section \"\(title)\""
        case .line(let text): return "\(place)\(relation.rawValue) line '\(text)'"
        case .paragraph(let text): return "\(place)\(relation.rawValue) paragraph '\(text)'"
        case .sentence(let text): return "\(place)\(relation.rawValue) sentence '\(text)'"
        case .container: return "\(place)\(relation.rawValue)"
        }
    }

    /// Whether what goes there is meant for every configuration: a number, a member, an enumerator. A statement may be
    /// meant for one.
    var isOutsideOfConditionals: Bool {
        if case .macroRun = target { return true }
        return switch containers.last {
        case .aggregate, .enumeration: true
        default: false
        }
    }

    /// Reads what stands behind `kpatch:` in a marker; nil if it isn't an anchor.
    public init?(marker: String, language: SourceLanguage) {
        guard
            let relation = Relation.allCases.first(where: {
                marker == $0.rawValue || marker.hasPrefix($0.rawValue + " ")
            })
        else { return nil }
        let rest = String(marker.dropFirst(relation.rawValue.count).trimmed)
        self.init(relation: relation, target: .container)
        switch (relation, language) {
        // What is replaced stands in the site's body.
        case (.hunk, _):
            guard rest.isEmpty else { return nil }
            target = .lines(LineRun())
        case (.replace, .c) where rest.isEmpty:
            target = .run(CRun(""))
        case (.atStart, .c), (.atEnd, .c):
            guard rest.isEmpty else { return nil }
        case (.atEnd, .reST):
            guard let title = word("of section", of: rest) else { return nil }
            target = .section(title)
        case (.before, .reST), (.after, .reST), (.replace, .reST), (.remove, .reST), (.before, .prose),
            (.after, .prose), (.replace, .prose), (.remove, .prose), (.before, .plain), (.after, .plain),
            (.replace, .plain), (.remove, .plain):
            guard let target = Self.textTarget(rest, relation, language) else { return nil }
            self.target = target
        case (_, .reST), (_, .prose), (_, .plain):
            return nil
        case (_, .c):
            guard let target = Self.target(rest) else { return nil }
            switch (relation, target) {
            case (.replaceHead, .named(.function, _)), (.replaceHead, .code): break
            case (.replaceHead, _), (.remove, .macroRun), (.replaceWhole, .macroRun): return nil
            default: break
            }
            self.target = target
        }
    }

    private static func textTarget(_ text: String, _ relation: Relation, _ language: SourceLanguage)
        -> Target?
    {
        if let line = word("line", of: text) { return .line(squeezed(line)) }
        guard language != .plain else { return nil }
        if let beginning = word("paragraph", of: text) { return .paragraph(squeezed(beginning)) }
        if let beginning = word("sentence", of: text) { return .sentence(squeezed(beginning)) }
        guard language == .reST else { return nil }
        return word("section", of: text).map { .section($0) }
    }

    private static func target(_ text: String) -> Target? {
        guard !text.isEmpty else { return nil }
        if let prefix = word("macro run", of: text) { return .macroRun(prefix: prefix) }
        for kind in NamedKind.allCases {
            // `struct kvm *kvm;` is code, `struct kvm` a name.
            if let name = word(kind.rawValue, of: text), name.utf8.allSatisfy(isWordByte) {
                return .named(kind, name)
            }
        }
        let pattern = CPattern(text)
        return pattern.tokens.isEmpty ? nil : .code(pattern)
    }
}

/// What rules a file is read by.
public enum SourceLanguage: Sendable {
    case c, reST
    /// Paragraphs, with `#` comments: a commit message.
    case prose
    /// Lines, with `#` comments: Makefile, .gitignore, Kconfig, …
    case plain

    /// Whether `#` begins a comment.
    public var hasHashComments: Bool { self == .prose || self == .plain }

    /// By the file's name, as the kernel names its files.
    public init(path: String) {
        if path.hasSuffix(".c") || path.hasSuffix(".h") || path.hasSuffix(".S") {
            self = .c
        } else if path.hasSuffix(".rst") {
            self = .reST
        } else if path.hasSuffix(".txt") {
            self = .prose
        } else {
            self = .plain
        }
    }
}

/// The text with each run of white space as one blank, and one on each side of the first assignment (`A+=b` in a
/// Makefile).
func squeezed(_ text: some StringProtocol) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard let equals = words.firstIndex(of: "="), equals > words.startIndex else { return words }
    let before = words.index(before: equals)
    let sign = "+:?".contains(words[before]) ? before : equals
    return words[..<sign].trimmed + " " + words[sign...equals] + " "
        + words[words.index(after: equals)...].trimmed
}

/// What follows `prefix` and a blank in `text`, if anything does.
private func word(_ prefix: String, of text: some StringProtocol) -> String? {
    guard text.hasPrefix(prefix + " ") else { return nil }
    let rest = String(text.dropFirst(prefix.count).trimmed)
    return rest.isEmpty ? nil : rest
}
