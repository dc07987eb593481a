// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import PatchSeries

extension DriftReport {
    /// All of it for one new base; a table for several, with what fails below it.
    var text: [String] {
        guard bases.count > 1 else {
            return bases.flatMap { row in
                switch row.outcome {
                case .compared(let drift): text(drift, row.base)
                case .unfit(let problems): problems.map(\.description)
                }
            }
        }
        let head =
            ["base", "sites"] + Drift.Change.allCases.map(\.rawValue) + ["verdict", "facts that changed"]
        let table = Columns.shown([head] + bases.map(\.cells)).lines
        var lines = ["from \(from.name)", ""] + table
        // What each base refuses is mostly the same all along.
        var said = ""
        for row in bases {
            let more = row.failures
            guard !more.isEmpty else { continue }
            let text = more.joined(separator: "\n")
            lines += ["", "\(row.base.revision):"]
            lines += text == said ? ["  as above"] : more.map { "  " + $0 }
            said = text
        }
        return lines
    }

    private func text(_ drift: Drift, _ base: Base) -> [String] {
        var lines = ["\(from.name) -> \(base.name)"]
        if !drift.facts.isEmpty {
            lines += ["", "facts"]
            lines += Columns.shown(drift.facts.map(\.cells), indentation: 2).lines.map { "  " + $0 }
        }
        var open = ""
        for site in drift.sites where site.change != .unchanged {
            if site.template != open {
                open = site.template
                lines += ["", site.template]
            }
            lines += site.text(of: drift)
        }
        lines.append("")
        lines += drift.remarks
        lines.append(drift.isLeft ? drift.summary : "merged: nothing of the series is left to be placed")
        return lines
    }
}

extension DriftReport.Base {
    /// With the release, unless the revision says it.
    fileprivate var name: String {
        guard let release, !revision.contains(release.number) else { return revision }
        return "\(revision) (\(release.number))"
    }
}

extension DriftReport.Row {
    /// As in the table's head.
    fileprivate var cells: [String] {
        switch outcome {
        case .compared(let drift):
            let facts = drift.facts.map { "\($0.to.fact)=\($0.to.value.text)" }
            return [base.revision, "\(drift.sites.count)"]
                + Drift.Change.allCases.map { "\(drift.count($0))" }
                + [verdict.rawValue, facts.joined(separator: " ")]
        case .unfit:
            return [base.revision, "-"] + Drift.Change.allCases.map { _ in "-" } + [verdict.rawValue, ""]
        }
    }

    fileprivate var failures: [String] {
        switch outcome {
        case .unfit(let problems): problems.flatMap { $0.description.split(separator: "\n").map(String.init) }
        case .compared(let drift):
            drift.remarks + drift.problems.flatMap { $0.description.split(separator: "\n").map(String.init) }
        }
    }
}

extension Drift {
    /// What no longer holds, each problem once.
    fileprivate var problems: [Diagnostic] {
        var result: [Diagnostic] = []
        for site in sites {
            guard let problem = site.to?.problem, !result.contains(problem) else { continue }
            result.append(problem)
        }
        return result
    }

    /// Which variants have no place there, each reason once.
    fileprivate var remarks: [String] {
        var reasons: [(text: String, variants: [String])] = []
        for refusal in refusals {
            let reason = refusal.reason.map { row in
                ([row.message] + row.notes.prefix(1)).joined(separator: "; ")
                    + (row.line > 0 ? " (\(row.file):\(row.line))" : "")
            }
            let text = (refusal.isOfNewBase ? "" : "only the old base: ") + reason.joined(separator: "; ")
            if let same = reasons.firstIndex(where: { $0.text == text }) {
                reasons[same].variants.append(refusal.variant)
            } else {
                reasons.append((text, [refusal.variant]))
            }
        }
        return reasons.map { "\($0.variants.joined(separator: ", ")): \($0.text)" }
    }

    /// The counts that aren't zero.
    fileprivate var summary: String {
        let counts = Change.allCases.filter { count($0) > 0 }.map { "\(count($0)) \($0.rawValue)" }
        let total = counted(sites.count, "site")
        return ([total] + (counts.isEmpty ? [] : [counts.joined(separator: ", ")])).joined(separator: ": ")
    }
}

extension Drift.Site {
    /// `:LINE  old -> new  shift  anchor`, and below it what else there is to say.
    fileprivate func text(of drift: Drift) -> [String] {
        let all = drift.variants.count { name in
            !drift.refusals.contains { $0.variant == name && $0.isOfNewBase }
        }
        let whose = variants.count < all ? "  [\(variants.joined(separator: ", "))]" : ""
        let anchor = from?.anchor ?? to?.anchor ?? ""
        let marker = templateLine > 0 ? ":\(templateLine)" : ""
        let movement: String =
            switch change {
            case .failing: "\(padded(from?.line)) -> fails"
            case .notUsedThere: "\(padded(from?.line)) -> not used there"
            case .onlyThere: "only -> \(padded(to?.line)) there"
            case .unchanged, .moved, .renamed:
                "\(padded(from?.line)) -> \(padded(to?.line)) \(shift.map(signed) ?? "")"
            }
        var lines = ["  \(fit(marker, 5)) \(fit(movement, 24)) \(anchor)\(whose)"]
        for renaming in renamings {
            lines.append(
                renaming.quirk.map { "        \(renaming.from) is \(renaming.to) there (quirk \($0))" }
                    ?? "        there: \(renaming.to)"
            )
        }
        if let problem = to?.problem {
            lines += ([problem.message] + problem.notes).map { "        " + $0 }
        }
        return lines
    }

    private func padded(_ line: Int?) -> String {
        let text = line.map(String.init) ?? "-"
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }

    private func fit(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func signed(_ shift: Int) -> String {
        let text = shift > 0 ? "+\(shift)" : shift == 0 ? "" : "\(shift)"
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }
}

extension Drift.FactChange {
    fileprivate var cells: [String] {
        [from.fact, "\(from.value.text) -> \(to.value.text)", "\(place(from)) -> \(place(to))"]
    }

    private func place(_ answer: FactAnswer) -> String {
        if answer.isPinned { return "--set" }
        guard answer.line > 0 else { return answer.file.isEmpty ? "not found" : answer.file }
        return "\(answer.file):\(answer.line)"
    }
}
