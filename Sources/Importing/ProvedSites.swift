// SPDX-License-Identifier: GPL-2.0-only

import CSource
import PatchSeries

extension SiteFinder {
    /// Sites that make the new file of the old one when they are placed as those of a series are, and their template.
    ///
    /// Structure names as many of them as can be: where the template of all makes something else, those that do so alone
    /// are said by lines, then those that do so with the others, then all.
    ///
    /// - Parameters:
    ///   - path: of the file, which says how it is read.
    ///   - base: the old file.
    ///   - isByLines: whether to say all by lines.
    /// - Returns: nil if no sites do it.
    func proved(at path: String, on base: BaseFile, isByLines: Bool) -> (
        sites: [FoundSite], template: [UInt8]
    )? {
        func proof(_ sites: [FoundSite]) -> (sites: [FoundSite], template: [UInt8])? {
            guard !sites.isEmpty, isTrue(sites) else { return nil }
            let template = template(sites)
            return BaseFile.trial(template, at: path, on: base) == new.bytes ? (sites, template) : nil
        }
        if !isByLines {
            let sites = sites { _ in false }
            if let found = proof(sites) { return found }
            var byLines = Set(
                sites.filter { $0.form == .structure && !holds(alone: $0, path, base) }.flatMap(\.changes)
            )
            if !byLines.isEmpty, let found = proof(self.sites(byLines: byLines.contains)) { return found }
            for site in sites.prefix(Self.trialLimit) where site.form == .structure {
                if let found = proof(self.sites { byLines.contains($0) || site.changes.contains($0) }) {
                    return found
                }
            }
            for site in sites where site.form == .structure {
                byLines.formUnion(site.changes)
                if sites.count <= Self.trialLimit, let found = proof(self.sites(byLines: byLines.contains)) {
                    return found
                }
            }
        }
        return (isByLines ? nil : proof(sites { _ in true })) ?? proof(sites(isPlain: true) { _ in true })
    }

    /// Sites of one file that are tried one by one: most files have less.
    private static let trialLimit = 40

    /// Whether a site makes its edit when the template has no other.
    private func holds(alone site: FoundSite, _ path: String, _ base: BaseFile) -> Bool {
        guard let wanted = try? SourceText(base.bytes).applying([site.edit]) else { return false }
        return BaseFile.trial(template([site]), at: path, on: base) == wanted
    }
}
