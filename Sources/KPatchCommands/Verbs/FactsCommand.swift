// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import PatchSeries

struct FactsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "facts",
        abstract: "Shows what was probed in a tree, and from which line.",
        discussion: "Facts are read from the blobs of the base commit; no work tree is needed."
    )

    @OptionGroup var series: SeriesArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var format: FormatArguments

    func run() throws {
        let loaded = try series.load()
        let open = try tree.open()
        let facts = try open.base.facts(loaded.series)
        if let tooOld = facts.tooOld { Terminal.note("note: \(tooOld)") }
        let rows = facts.answers.map { answer in [answer.fact, answer.value.text, answer.evidence] }
        try format.format.print(
            text: Columns.shown([["release", facts.release.number, "Makefile"]] + rows).lines,
            json: FactsOutput(facts, tree: open.base.displayName, base: open.base.id.description)
        )
    }
}

/// What `facts --format json` writes.
struct FactsOutput: Encodable {
    /// A number or a truth, as JSON has them.
    enum Value: Encodable {
        case number(UInt64)
        case truth(Bool)

        init?(_ value: FactAnswer.Value) {
            switch value {
            case .number(let number): self = .number(number)
            case .truth(let truth): self = .truth(truth)
            case .missing: return nil
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .truth(let truth): try container.encode(truth)
            }
        }
    }

    struct Answer: Encodable {
        let name: String
        let summary: String
        let value: Value?
        let missing: String?
        let file: String?
        let line: Int?
        let text: String?
    }

    let tree: String
    let base: String
    let release: String
    let facts: [Answer]

    init(_ set: FactSet, tree: String, base: String) {
        self.tree = tree
        self.base = base
        release = set.release.number
        facts = set.answers.map { answer in
            let missing: String? = if case .missing(let reason) = answer.value { reason } else { nil }
            return Answer(
                name: answer.fact,
                summary: answer.summary,
                value: Value(answer.value),
                missing: missing,
                file: answer.file.isEmpty ? nil : answer.file,
                line: answer.line > 0 ? answer.line : nil,
                text: answer.text.isEmpty ? nil : answer.text
            )
        }
    }
}

extension FactAnswer {
    /// `file:line: text` of what was read.
    var evidence: String {
        if isPinned { return "given by --set" }
        if case .missing(let reason) = value { return reason }
        if value == .truth(false) { return "not found: \(question.description) in \(file)" }
        return line > 0 ? "\(file):\(line): \(text)" : file
    }
}

extension FactAnswer.Value {
    var text: String {
        switch self {
        case .number(let number): "\(number)"
        case .truth(let truth): truth ? "yes" : "no"
        case .missing: "?"
        }
    }
}
