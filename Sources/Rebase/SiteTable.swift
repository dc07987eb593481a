// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries

/// A site of a file as it is generated now, and where its lines are.
struct GeneratedSite {
    let folder: String
    /// What a note says of the marker's place.
    let marker: String
    let site: PlacedSite
    /// In the file at some stage.
    let lines: Range<Int>

    /// The options that decide about some of the file's lines, or about the whole site if they don't.
    func options(of series: Series, at lines: Range<Int>) -> [Series.Option] {
        let near = site.origins.enumerated().filter { index, _ in
            let line = self.lines.lowerBound + index
            return lines.contains(line) || (lines.isEmpty && abs(line - lines.lowerBound) <= 1)
        }
        let found = series.options(
            decidingAbout: Set(near.compactMap(\.element)),
            of: site.templatePath,
            in: folder
        )
        guard found.isEmpty else { return found }
        return series.options(
            decidingAbout: Set(site.origins.compactMap { $0 }),
            of: site.templatePath,
            in: folder
        )
    }
}

extension Repository {
    /// The sites of a file as generated now, with the first so many patches in.
    func generatedSites(_ path: String, _ sides: RebaseSides, count: Int) throws -> [GeneratedSite] {
        var result: [GeneratedSite] = []
        for (index, patch) in sides.generation.rendered.patches.prefix(count).enumerated() {
            for file in patch.files where file.path == path {
                let changes = try changes(path, sides.new.stages, from: index + 1, to: count)
                for site in file.sites where !site.body.isEmpty {
                    guard let lines = changes.moved(site.body) else { continue }
                    result.append(
                        GeneratedSite(
                            folder: patch.folder,
                            marker: site.marker(in: patch.folder, of: sides.seriesFolder),
                            site: site,
                            lines: lines
                        )
                    )
                }
            }
        }
        return result
    }

    /// The sites of a file that are there before and now.
    func sitePairs(_ path: String, _ sides: RebaseSides, old: Int, new: Int) throws -> [SitePair] {
        // An anchor may have names in it that are others in each tree; the template's line is no name once it changed.
        let isSame = sides.branch.origin.templates == sides.templates
        func name(_ folder: String, _ marker: String, _ anchor: String) -> String {
            "\(folder) \(isSame ? marker : anchor)"
        }
        var now: [String: [GeneratedSite]] = [:]
        for site in try generatedSites(path, sides, count: new) {
            now[name(site.folder, site.marker, site.site.anchor), default: []].append(site)
        }
        var before: [String: [Range<Int>]] = [:]
        for (index, patch) in sides.branch.patches.prefix(old).enumerated() {
            let sites = patch.origin.sites.filter { sides.newPath($0.path) == path && !$0.lines.isEmpty }
            guard !sites.isEmpty else { continue }
            let changes = try changes(path, sides.old.stages, from: index + 1, to: old)
            for site in sites {
                guard let lines = changes.moved(site.lines) else { continue }
                before[name(patch.origin.patch, site.marker, site.anchor), default: []].append(lines)
            }
        }
        var pairs: [SitePair] = []
        for (name, sites) in now {
            // Of several with the same anchor nobody knows which is which, unless there are as many as before.
            guard let earlier = before[name], earlier.count == sites.count else { continue }
            pairs += zip(earlier, sites).map { SitePair(anchor: $1.site.anchor, old: $0, new: $1.lines) }
        }
        return pairs
    }

    private func changes(_ path: String, _ stages: FileStages, from first: Int, to last: Int) throws
        -> [LineChange]
    {
        let (earlier, later) = (stages.files[first][path], stages.files[last][path])
        guard earlier != later, let earlier, let later else { return [] }
        return try lineChanges(
            from: bytes(of: earlier.id, path: path),
            to: bytes(of: later.id, path: path)
        )
    }
}
