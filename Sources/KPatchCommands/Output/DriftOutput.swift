// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries

/// What `drift --format json` writes (docs/json.md).
struct DriftOutput: Encodable {
    struct Base: Encodable {
        let revision: String
        let commit: String
        let release: String?

        init(_ base: DriftReport.Base) {
            revision = base.revision
            commit = base.commit.description
            release = base.release?.number
        }
    }

    struct Answer: Encodable {
        let value: FactsOutput.Value?
        let missing: String?
        let file: String?
        let line: Int?

        init(_ answer: FactAnswer) {
            value = FactsOutput.Value(answer.value)
            missing = if case .missing(let reason) = answer.value { reason } else { nil }
            file = answer.file.isEmpty ? nil : answer.file
            line = answer.line > 0 ? answer.line : nil
        }
    }

    struct Fact: Encodable {
        let name: String
        let from: Answer
        let to: Answer
    }

    struct Side: Encodable {
        let file: String
        let anchor: String
        let line: Int?
        let problem: String?
        let candidates: [String]?

        init(_ side: Drift.Side) {
            file = side.file
            anchor = side.anchor
            line = side.line
            problem = side.problem?.message
            candidates = side.problem?.notes
        }
    }

    struct Renaming: Encodable {
        let from: String
        let to: String
        let quirk: String?
    }

    struct Site: Encodable {
        let patch: String
        let template: String
        let change: String
        let shift: Int?
        let from: Side?
        let to: Side?
        let renamings: [Renaming]
        let variants: [String]

        init(_ site: Drift.Site) {
            patch = site.patch
            template = site.templateLine > 0 ? "\(site.template):\(site.templateLine)" : site.template
            change = site.change.rawValue
            shift = site.shift
            from = site.from.map(Side.init)
            to = site.to.map(Side.init)
            renamings = site.renamings.map { Renaming(from: $0.from, to: $0.to, quirk: $0.quirk) }
            variants = site.variants
        }
    }

    struct Refusal: Encodable {
        let variant: String
        let base: String
        let reason: [String]
    }

    struct Row: Encodable {
        let base: Base
        let verdict: String
        /// Why no series can be tried there.
        let unfit: [String]?
        let counts: [String: Int]?
        let facts: [Fact]?
        let refusals: [Refusal]?
        let sites: [Site]?

        init(_ row: DriftReport.Row) {
            base = Base(row.base)
            verdict = row.verdict.rawValue
            switch row.outcome {
            case .unfit(let problems):
                unfit = problems.map(\.description)
                (counts, facts, refusals, sites) = (nil, nil, nil, nil)
            case .compared(let drift):
                unfit = nil
                counts = Dictionary(
                    uniqueKeysWithValues: Drift.Change.allCases.map { ($0.rawValue, drift.count($0)) }
                )
                facts = drift.facts.map {
                    Fact(name: $0.from.fact, from: Answer($0.from), to: Answer($0.to))
                }
                refusals = drift.refusals.map { refusal in
                    Refusal(
                        variant: refusal.variant,
                        base: refusal.isOfNewBase ? "to" : "from",
                        reason: refusal.reason.map(\.description)
                    )
                }
                sites = drift.sites.map(Site.init)
            }
        }
    }

    let series: String
    let from: Base
    let holds: Bool
    let bases: [Row]

    init(_ report: DriftReport) {
        series = report.series.name
        from = Base(report.from)
        holds = report.holds
        bases = report.bases.map(Row.init)
    }
}
