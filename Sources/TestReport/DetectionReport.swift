// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Writes what the tests see, as a page of Markdown: equal runs give equal pages but for what the kernel says.
public struct DetectionReport: Sendable {
    /// Where it was tried, e.g. `v5.10.262`.
    public var tree: String
    public var profile: String
    /// The fixed variants without a defect, which have to pass.
    public var controls: [Detection]
    /// The patch as posted; nil for a series without one.
    public var posted: Detection?
    public var defects: [Detection]

    public init(
        tree: String,
        profile: String,
        controls: [Detection],
        posted: Detection?,
        defects: [Detection]
    ) {
        self.tree = tree
        self.profile = profile
        self.controls = controls
        self.posted = posted
        self.defects = defects
    }

    /// Whether every defect is seen, by the tests that name it and no other.
    public var isProof: Bool {
        controls.allSatisfy { $0.failures.isEmpty } && (posted.map(namesItsCause) ?? true)
            && defects.allSatisfy(\.isProof)
    }

    /// Of the patch as posted: each point that it must fail by is named by a test that failed.
    private func namesItsCause(_ posted: Detection) -> Bool {
        guard posted.refused == nil else { return true }
        let named = Set(posted.failures.flatMap(\.points))
        return !posted.failures.isEmpty && posted.points.allSatisfy(named.contains)
    }

    public func markdown() -> String {
        let tried = defects.filter { $0.unseen == nil && $0.refused == nil }
        let refused = (controls + [posted].compactMap(\.self) + defects).filter { $0.refused != nil }
        let blind = defects.filter { $0.unseen != nil }
        var lines = [
            "# What the tests see", "",
            "Made by `kpatch-gen detect`; not to be edited. Each defect was put back alone into a fixed variant, on \(tree),",
            "profile \(profile). A row counts if every test that failed names a review point of the defect.",
            "",
        ]
        lines += ["| defect | what goes wrong | in | failing tests | symptom |", "|---|---|---|---|---|"]
        lines += tried.map(row)
        let count = tried.count(where: \.isProof)
        lines += ["", "\(count) of \(tried.count) are seen."]
        let judged = controls.filter { $0.refused == nil }
        if !judged.isEmpty { lines.append("") }
        lines += judged.map { control in
            control.failures.isEmpty
                ? "`\(control.name)` without a defect passes."
                : "**`\(control.name)` without a defect fails**: \(names(control.failures))."
        }
        if let posted, posted.refused == nil {
            lines += ["", "## The patch as posted", "", postedText(posted)]
            lines +=
                posted.failures.isEmpty ? [] : ["", "| failing test | points | symptom |", "|---|---|---|"]
            lines += posted.failures.map {
                "| `\($0.name)` | \($0.points.joined(separator: " ")) | \(cell($0.symptom)) |"
            }
        }
        if !refused.isEmpty {
            lines += ["", "## What this tree doesn't take", "", "| selection | why not |", "|---|---|"]
            lines += refused.map { "| `\($0.name)` | \(cell($0.refused ?? "")) |" }
        }
        if !blind.isEmpty {
            lines += [
                "", "## What no test can see", "", "| defect | what goes wrong | why not |", "|---|---|---|",
            ]
            lines += blind.map {
                "| `\($0.name)` | \(cell($0.defect)) | \(cell($0.unseen ?? "")) |"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ detection: Detection) -> String {
        let (tests, symptom): (String, String) =
            switch detection.verdict {
            case .seen: (names(detection.failures), detection.failures.first?.symptom ?? "")
            case .compiler: ("the compiler", detection.warnings.first ?? "")
            case .others:
                (
                    names(detection.failures) + "; **not tied to it: \(names(detection.strangers))**",
                    detection.strangers.first?.symptom ?? ""
                )
            case .missed, .unseen, .refused: ("**none**", "")
            }
        return
            "| `\(detection.name)` | \(cell(detection.defect)) | \(detection.variant) | \(tests) | \(cell(symptom)) |"
    }

    private func postedText(_ posted: Detection) -> String {
        let cause = posted.points.joined(separator: ", ")
        let warning = posted.warnings.first.map { " The compiler: \(cell($0))" } ?? ""
        if namesItsCause(posted) {
            return "`\(posted.name)` fails as a whole, and \(cause) is named.\(warning)"
        }
        return posted.failures.isEmpty
            ? "**`\(posted.name)` passes.**" : "**`\(posted.name)` fails, but not by \(cause).**\(warning)"
    }

    private func names(_ failures: [Detection.Failure]) -> String {
        failures.map { "`\($0.name)`" }.joined(separator: ", ")
    }

    /// Text that stays in its cell and is no markup.
    private func cell(_ text: String) -> String {
        var result = ""
        for character in text.onOneLine.prefix(Self.widest) {
            if "|\\<>*_`[]".contains(character) { result.append("\\") }
            result.append(character)
        }
        return text.count > Self.widest ? result + "…" : result
    }

    private static let widest = 160
}
