// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

extension BaseCommit {
    /// Renders variants on the base, mails included, and throws the result away.
    ///
    /// - Parameter start: when the work on the tree began.
    package func survey(_ variants: [String], of loaded: LoadedSeries, since start: ContinuousClock.Instant)
        throws
        -> SurveyedTree
    {
        let facts = try facts(loaded.series)
        let factsTime = (ContinuousClock.now - start).tenthMilliseconds
        var results: [SurveyedTree.Result] = []
        for variant in variants {
            try Task.checkCancellation()
            results.append(try survey(variant, loaded, facts))
        }
        return SurveyedTree(tree: displayName, factsMilliseconds: factsTime, variants: results)
    }

    private func survey(_ variant: String, _ loaded: LoadedSeries, _ facts: FactSet) throws
        -> SurveyedTree.Result
    {
        let start = ContinuousClock.now
        var result = SurveyedTree.Result(variant: variant)
        do {
            let selection = try Selection(variant: variant, settings: [], of: loaded.series)
            result.isUpstream = loaded.series.isRefused(selection, facts)
            let generation = try generate(loaded, selection)
            result.patches = generation.commits.count
            result.sites = generation.rendered.patches.flatMap(\.files).map(\.sites.count).reduce(0, +)
            if loaded.series.purpose == .mail {
                let revision = try MailRevision(
                    selection,
                    of: loaded.series,
                    chosen: nil,
                    since: nil,
                    isSignedAnew: false
                )
                // An imported series may have none.
                let choice = MailChoice(coverLetter: loaded.files["cover.txt"] == nil ? false : nil)
                let plan = try mailPlan(generation, loaded, revision, choice)
                result.mails = try mails(generation, plan, headers: []).count
            }
        } catch let error as any Blamed {
            guard error.fault == .tree else { throw error }
            result.refusal = error.description
        }
        result.milliseconds = (ContinuousClock.now - start).tenthMilliseconds
        return result
    }
}

extension Series {
    /// Whether the tree has the feature already, and no place for this alongside it.
    fileprivate func isRefused(_ selection: Selection, _ facts: FactSet) -> Bool {
        do {
            _ = try SettledSelection(selection, in: facts, of: self)
            return false
        } catch {
            return error.kind == .upstream
        }
    }
}

/// A tree, and what it takes.
package struct SurveyedTree: Encodable {
    package struct Result: Encodable {
        package let variant: String
        package var patches = 0
        package var sites = 0
        package var mails = 0
        /// Why it doesn't take the variant; nil if it does.
        package var refusal: String?
        /// Whether that is because it has the feature already.
        package var isUpstream = false
        package var milliseconds = 0.0

        package init(variant: String) {
            self.variant = variant
        }

        /// In a few words.
        package var summary: String {
            if let refusal { return "refused: \(refusal.prefix { $0 != "\n" })" }
            return "\(patches) patches, \(sites) sites"
        }
    }

    package let tree: String
    /// From opening the repository to the last fact.
    package let factsMilliseconds: Double
    package let variants: [Result]
}
