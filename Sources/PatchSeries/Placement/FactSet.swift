// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// What was read from a tree about one fact, and from where.
public struct FactAnswer: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case number(UInt64)
        case truth(Bool)
        /// Nothing answered the question; the text says what was looked for.
        case missing(String)
    }

    public let fact: String
    /// As templates name it.
    public let identifier: String
    public let summary: String
    public let question: Series.Fact.Question
    public let value: Value
    /// The evidence, empty for a pinned value and for what isn't there.
    public let file: String
    public let line: Int
    public let text: String
    public let isPinned: Bool
    /// Whether it is a number that is one more than the last one that the tree has.
    public let isNext: Bool
}

/// The facts of a tree, as far as a series asks for them.
public struct FactSet: Sendable {
    public let release: KernelVersion
    public let answers: [FactAnswer]

    /// Probes the files that `read` gives; `read` returns nil for a file that isn't there.
    ///
    /// Throws `.base` if the tree has no kernel Makefile, `.selection` for a pinned number that is taken, and what `read`
    /// throws.
    public init(
        _ series: Series,
        pinned: [String: UInt64] = [:],
        read: (String) throws -> [UInt8]?
    ) throws {
        try self.init(series, pinned: pinned, sources: SourceCache(), read: read)
    }

    init(
        _ series: Series,
        pinned: [String: UInt64],
        sources: SourceCache,
        read: (String) throws -> [UInt8]?
    ) throws {
        guard let makefile = try sources.file("Makefile", read)?.bytes,
            let release = try? KernelVersion(makefile: makefile)
        else {
            throw SeriesError(
                .base,
                [
                    Diagnostic(
                        file: "Makefile",
                        message:
                            "not a kernel tree: VERSION and PATCHLEVEL were looked for in its top Makefile"
                    )
                ]
            )
        }
        self.release = release
        var answers: [FactAnswer] = []
        for fact in series.facts {
            answers.append(try Self.answer(fact, pinned[fact.name], answers, sources, read))
        }
        self.answers = answers
        tooOld = try Self.tooOld(series, release, sources, read)
    }

    /// Why the tree is too old for the series; nil if it isn't. Its facts say little then.
    public let tooOld: Diagnostic?

    private static func tooOld(
        _ series: Series,
        _ release: KernelVersion,
        _ sources: SourceCache,
        _ read: (String) throws -> [UInt8]?
    ) throws -> Diagnostic? {
        guard let oldest = series.oldest, release < oldest.release,
            try sources.file(oldest.file, read) == nil
        else { return nil }
        return Diagnostic(
            file: "",
            message: "Linux \(release.number) is too old for \(series.name): it has no \(oldest.file)",
            notes: ["the oldest that takes it is \(oldest.release.number): \(oldest.reason)"]
        )
    }

    private static func answer(
        _ fact: Series.Fact,
        _ pin: UInt64?,
        _ earlier: [FactAnswer],
        _ sources: SourceCache,
        _ read: (String) throws -> [UInt8]?
    ) throws -> FactAnswer {
        func answer(
            _ value: FactAnswer.Value,
            _ file: String = "",
            _ line: Int = 0,
            _ text: String = "",
            pinned: Bool = false,
            next: Bool = false
        ) -> FactAnswer {
            FactAnswer(
                fact: fact.name,
                identifier: fact.identifier,
                summary: fact.summary,
                question: fact.question,
                value: value,
                file: file,
                line: line,
                text: text,
                isPinned: pinned,
                isNext: next
            )
        }
        // A pinned number is the user's, but one that the tree has given away already would be two things.
        func free(
            _ found: Finding<UInt64>,
            _ path: String,
            below limit: Finding<UInt64>? = nil,
            _ taken: TakenNumbers? = nil
        ) throws(SeriesError) -> FactAnswer {
            if let pin, let limit, pin >= limit.value {
                throw SeriesError(
                    .selection,
                    [
                        Diagnostic(
                            file: path,
                            line: limit.line,
                            message: "\(Setting(fact.name, "\(pin)")) is not below '\(limit.text)'",
                            notes: [
                                "take one of \(found.value + 1) to \(limit.value - 1), or leave it to the tree"
                            ]
                        )
                    ]
                )
            }
            if let pin, pin <= found.value {
                throw SeriesError(
                    .selection,
                    [
                        Diagnostic(
                            file: path,
                            line: found.line,
                            message:
                                "\(Setting(fact.name, "\(pin)")) is not above the last that is taken: '\(found.text)'",
                            notes: ["take \(found.value + 1) or more, or leave it to the tree"]
                        )
                    ]
                )
            }
            guard found.value < .max else {
                throw SeriesError(
                    .placement,
                    [
                        Diagnostic(
                            file: path,
                            line: found.line,
                            message: "no number is free behind '\(found.text)'"
                        )
                    ]
                )
            }
            if let pin, let name = taken?.names[pin] {
                throw SeriesError(
                    .selection,
                    [
                        Diagnostic(
                            file: name.file,
                            line: name.line,
                            message: "\(Setting(fact.name, "\(pin)")) is taken: '\(name.text)'",
                            notes: ["take another one, or leave it to the tree"]
                        )
                    ]
                )
            }
            if let pin { return answer(.number(pin), pinned: true, next: pin == found.value + 1) }
            guard let taken else {
                return answer(.number(found.value + 1), path, found.line, found.text, next: true)
            }
            if let unknown = taken.unknown {
                return answer(
                    .missing(
                        "the value of \(unknown.name) (\(unknown.file):\(unknown.line)) can't be told, so nobody knows what is free; give a number with --set \(fact.name)=N"
                    )
                )
            }
            guard let number = taken.free(from: found.value + 1), number < limit?.value ?? .max else {
                return answer(.missing("no number is free behind '\(found.text)' (\(path):\(found.line))"))
            }
            // The evidence is what is in front of it.
            let last = number == found.value + 1 ? nil : taken.names[number - 1]
            return answer(
                .number(number),
                last?.file ?? path,
                last?.line ?? found.line,
                last?.text ?? found.text,
                next: number == found.value + 1
            )
        }
        func taken(_ prefix: String, except: String? = nil) throws -> TakenNumbers {
            var taken = TakenNumbers(prefix: prefix)
            for path in fact.files + fact.also {
                guard let file = try sources.file(path, read) else { continue }
                taken.add(file.parsed, file: path, except: except)
            }
            return taken
        }
        if case .follows(let number) = fact.question {
            let answered = earlier.first { $0.fact == number }
            return answer(
                .truth(answered?.isNext ?? false),
                answered?.file ?? "",
                answered?.line ?? 0,
                answered?.text ?? ""
            )
        }
        for path in fact.files {
            guard let file = try sources.file(path, read) else { continue }
            if fact.question == .exists { return answer(.truth(true), path) }
            let probe = SourceProbe(file.parsed)
            switch fact.question {
            case .nextMacro(let prefix):
                if let found = probe.highestMacro(prefix: prefix) {
                    return try free(found, path, taken(prefix))
                }
            case .nextEnumerator(let enumeration, let before):
                if let found = probe.lastEnumerator(of: enumeration, before: before) {
                    let limit = probe.limit(of: enumeration, before: before)
                    let space = probe.space(of: enumeration, before: before)
                    return try free(
                        found,
                        path,
                        below: limit,
                        try space.map { try taken($0.prefix, except: $0.end) }
                    )
                }
            case .nextSection(let chapter):
                if let found = probe.highestSection(chapter: chapter) {
                    return try free(found, path)
                }
            case .member(let aggregate, let name):
                if let found = probe.member(name, of: aggregate) {
                    return answer(.truth(true), path, found.line, found.text)
                }
            case .declares(let name, let value):
                let found = if let value { probe.macro(name, of: value) } else { probe.declaration(of: name) }
                if let found {
                    return answer(.truth(true), path, found.line, found.text)
                }
            case .line(let text, let functions):
                if let found = probe.line(text, in: functions) {
                    return answer(.truth(true), path, found.line, found.text)
                }
            case .exists, .follows:
                break
            }
        }
        if let pin { return answer(.number(pin), pinned: true) }
        if fact.isCondition { return answer(.truth(false), fact.files.first ?? "") }
        return answer(
            .missing(
                "looked for \(fact.question.description) in \(fact.files.joined(separator: ", "))"
            )
        )
    }
}

extension Series {
    /// The identifiers of the facts that are conditions, and whether they hold in a tree.
    public func truths(_ answers: FactSet) -> [String: Bool] {
        var result: [String: Bool] = [:]
        for fact in facts {
            guard case .truth(let value) = answers.answers.first(where: { $0.fact == fact.name })?.value
            else {
                continue
            }
            result[fact.identifier] = value
        }
        return result
    }
}

extension Series.Fact.Question {
    /// What is looked for, in words.
    public var description: String {
        switch self {
        case .nextMacro(let prefix): "the highest #define \(prefix)… with a number"
        case .nextEnumerator(let enumeration, let before):
            "the enumerator of enum \(enumeration) before \(before.joined(separator: " or "))"
        case .nextSection(let chapter):
            chapter.isEmpty ? "the last numbered section" : "the last section \(chapter).N"
        case .exists: "the file"
        case .line(let text, let functions):
            "the line '\(text)'" + (functions.isEmpty ? "" : " in \(functions.joined(separator: "() or "))()")
        case .member(let aggregate, let name): "member \(name) of struct \(aggregate)"
        case .declares(let name, nil): "a declaration of \(name)"
        case .declares(let name, let value?): "#define \(name) \(value)"
        case .follows(let number): "\(number) behind the last number"
        }
    }
}

/// The quirk rows that apply to a tree.
struct ActiveQuirks: Sendable {
    let rows: [Series.Quirk]

    /// No quirks.
    init() { rows = [] }

    /// - Parameter facts: the tree's.
    init(_ series: Series, _ facts: FactSet) {
        let truths = series.truths(facts)
        rows = series.quirks.filter { $0.place?.holds { truths[$0] ?? false } ?? true }
    }

    /// The path that a file of the templates has in this tree.
    func path(_ path: String) -> String { row(path: path)?.to ?? path }

    func symbol(_ name: String) -> String { row(symbol: name)?.to ?? name }

    /// The row that gives the file another path, if one does.
    func row(path: String) -> QuirkUse? {
        for row in rows {
            guard case .path(let from, let to) = row.effect else { continue }
            if from == path { return QuirkUse(quirk: row.name, from: path, to: to) }
            if from.hasSuffix("/"), path.hasPrefix(from) {
                return QuirkUse(quirk: row.name, from: path, to: to + path.dropFirst(from.count))
            }
        }
        return nil
    }

    /// The rows as pairs of names.
    var renames: Renames {
        var renames = Renames()
        for row in rows {
            switch row.effect {
            case .path(let from, let to): renames.paths.append((from, to))
            case .symbol(let from, let to): renames.symbols.append((from, to))
            case .note: break
            }
        }
        return renames
    }

    /// The row that gives the symbol another name, if one does.
    func row(symbol name: String) -> QuirkUse? {
        for row in rows {
            if case .symbol(name, let other) = row.effect {
                return QuirkUse(quirk: row.name, from: name, to: other)
            }
        }
        return nil
    }
}
