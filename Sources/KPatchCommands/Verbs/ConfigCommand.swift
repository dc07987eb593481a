// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Judging
import Kernel

struct ConfigCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Shows what a tree's Kconfig makes of a profile.",
        discussion: """
            Each symbol that the profile's fragments ask for, with the fragment's reason, what it became, and what it \
            overrides. The status is 1 if one isn't as asked: build would refuse that. Of a configuration to start from (--config), \
            what became something else. Nothing is compiled but kconfig.
            """
    )

    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var format: FormatArguments

    var bisect: Bool { kernel.bisect }

    func run() async throws {
        let open = try tree.open()
        let maker = try kernel.maker(of: open, try ProjectFiles.locate())
        let rows = try await maker.withLock { try await maker.explainConfiguration(of: open.base) }
        try format.format.print(
            text: Self.text(rows),
            json: ConfigOutput(rows, tree: open.base.displayName, profile: maker.plan.profile)
        )
        if rows.contains(where: { $0.isBinding && $0.answer.isOther }) { throw NegativeAnswer() }
    }

    /// Symbols below the reason that they share.
    static func text(_ rows: [ConfigExplanation]) -> [String] {
        var lines: [String] = []
        var last = ""
        let width = rows.map(\.setting.shown.count).max() ?? 0
        for row in rows {
            let setting = row.setting
            let head =
                row.isBinding
                ? setting.fragment + (setting.reason.isEmpty ? "" : ": \(setting.reason)")
                : "\(setting.fragment): what of it became something else"
            if head != last { lines += (lines.isEmpty ? [] : [""]) + Prose.shown("", head) }
            last = head
            let gap = String(repeating: " ", count: width - setting.shown.count)
            lines += Prose.shown("  \(setting.shown)\(gap)  ", row.outcome)
        }
        return lines
    }
}

extension ConfigFragment.Setting {
    /// As people write it.
    fileprivate var shown: String { "\(symbol)=\(value ?? "n")" }
}

extension ConfigExplanation.Answer {
    fileprivate var isOther: Bool {
        if case .other = self { true } else { false }
    }
}

extension ConfigExplanation {
    fileprivate var outcome: String {
        let answer =
            switch answer {
            case .asAsked: "as asked"
            case .notInTree: "not in this tree"
            case .other(let value, let reasons):
                (["is \(value ?? "not set")"] + reasons).joined(separator: "; ").onOneLine
            }
        return ([answer] + overrides.map { "overrides \($0.value ?? "n") of \($0.fragment):\($0.line)" })
            .joined(separator: ", ")
    }
}

/// What `config --format json` writes.
struct ConfigOutput: Encodable {
    struct Symbol: Encodable {
        struct Place: Encodable {
            let fragment: String
            let line: Int
            let value: String
        }

        let symbol: String
        /// Whether a fragment asks for it, and not a configuration to start from.
        let isBinding: Bool
        let asked: Place
        let reason: String?
        let overrides: [Place]
        /// `as asked`, `not in this tree`, `other`.
        let answer: String
        let value: String?
        let reasons: [String]
    }

    let tree: String
    let profile: String
    let summary: String
    let symbols: [Symbol]

    init(_ rows: [ConfigExplanation], tree: String, profile: Profile) {
        self.tree = tree
        self.profile = profile.name
        summary = profile.summary
        symbols = rows.map { row in
            let (answer, value, reasons): (String, String?, [String]) =
                switch row.answer {
                case .asAsked: ("as asked", row.setting.value ?? "n", [])
                case .notInTree: ("not in this tree", nil, [])
                case .other(let value, let reasons): ("other", value ?? "n", reasons)
                }
            return Symbol(
                symbol: row.setting.symbol,
                isBinding: row.isBinding,
                asked: Self.place(row.setting),
                reason: row.setting.reason.isEmpty ? nil : row.setting.reason,
                overrides: row.overrides.map(Self.place),
                answer: answer,
                value: value,
                reasons: reasons
            )
        }
    }

    private static func place(_ setting: ConfigFragment.Setting) -> Symbol.Place {
        .init(fragment: setting.fragment, line: setting.line, value: setting.value ?? "n")
    }
}
