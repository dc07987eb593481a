// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What became of a series' sites from one base to another.
public struct Drift: Sendable {
    /// Every site of every selection once, in the order of the series.
    public let sites: [Site]
    /// Facts whose answers differ.
    public let facts: [FactChange]
    public let refusals: [Refusal]
    /// The variants that were tried.
    public let variants: [String]

    /// A site of a template, or what a template is as a whole: a new file, or one that can't be rendered.
    public struct Site: Sendable, Equatable {
        /// The patch's folder.
        public let patch: String
        /// The template's path, as the user knows it.
        public let template: String
        /// 1-based line of the marker; 0 where the whole template is meant.
        public let templateLine: Int
        /// nil where the series doesn't use the site: it takes another form there.
        public let from: Side?
        public let to: Side?
        public let renamings: [Renaming]
        /// Whose site it is.
        public internal(set) var variants: [String]
    }

    /// A site in one of the trees.
    public struct Side: Sendable, Equatable {
        /// The file in that tree.
        public let file: String
        public let anchor: String
        public let place: Place

        public enum Place: Sendable, Equatable {
            /// 1-based line of the tree's file; nil for a new file.
            case line(Int?)
            case nowhere(Diagnostic)
        }

        /// Why the anchor doesn't hold; nil if it does.
        public var problem: Diagnostic? {
            if case .nowhere(let problem) = place { problem } else { nil }
        }

        public var line: Int? { if case .line(let line) = place { line } else { nil } }
    }

    /// What has one name in the old base and another in the new one.
    public struct Renaming: Sendable, Equatable {
        public let from: String
        public let to: String
        /// The quirk row that knows; nil where the template's own conditions do.
        public let quirk: String?
    }

    public struct FactChange: Sendable, Equatable {
        public let from: FactAnswer
        public let to: FactAnswer
    }

    /// A variant that a tree has already.
    public struct Refusal: Sendable, Equatable {
        public let variant: String
        /// Whether it is the new base that refuses it; else only the old one.
        public let isOfNewBase: Bool
        public let reason: [Diagnostic]
    }

    /// What became of a site.
    public enum Change: String, Sendable, CaseIterable {
        case unchanged, moved, renamed
        /// The anchor doesn't hold in the new base.
        case failing
        /// The series takes another form in the new base.
        case notUsedThere = "not used there"
        /// The series took another form in the old base.
        case onlyThere = "only there"
    }

    public func count(_ change: Change) -> Int { sites.count { $0.change == change } }

    /// Whether the new base refuses less than all of the variants.
    public var isLeft: Bool { refusals.count(where: \.isOfNewBase) < variants.count }
}

extension Drift.Site {
    public var change: Drift.Change {
        guard let to else { return .notUsedThere }
        guard to.problem == nil else { return .failing }
        guard let from, from.problem == nil else { return .onlyThere }
        if !renamings.isEmpty { return .renamed }
        return from.line == to.line ? .unchanged : .moved
    }

    /// How many lines further down it is in the new base; nil in another file.
    public var shift: Int? {
        guard let old = from?.line, let new = to?.line, from?.file == to?.file else { return nil }
        return new - old
    }
}

extension Drift {
    /// Compares what the same selections of one series came to in two trees.
    public init(from old: SeriesTrial, to new: SeriesTrial) {
        var sites: [Site] = []
        var places: [String: [Int]] = [:]
        var refusals: [Refusal] = []
        for (variant, (before, after)) in zip(new.variants, zip(old.outcomes, new.outcomes)) {
            switch (before, after) {
            case (_, .refused(let reason)):
                refusals.append(Refusal(variant: variant, isOfNewBase: true, reason: reason))
            case (.refused(let reason), .placed(let after)):
                refusals.append(Refusal(variant: variant, isOfNewBase: false, reason: reason))
                add(Self.compare(nil, after), of: variant)
            case (.placed(let before), .placed(let after)):
                add(Self.compare(before, after), of: variant)
            }
        }
        func add(_ found: [Site], of variant: String) {
            for site in found {
                let key = "\(site.template):\(site.templateLine)"
                let same = places[key, default: []].first {
                    (sites[$0].from, sites[$0].to) == (site.from, site.to)
                }
                if let same {
                    sites[same].variants.append(variant)
                } else {
                    places[key, default: []].append(sites.count)
                    sites.append(site)
                    sites[sites.count - 1].variants = [variant]
                }
            }
        }
        self.sites = sites.enumerated().sorted {
            let (left, right) = ($0.element, $1.element)
            return (left.patch, left.template, left.templateLine, $0.offset)
                < (right.patch, right.template, right.templateLine, $1.offset)
        }.map(\.element)
        self.refusals = refusals
        variants = new.variants
        facts = zip(old.facts.answers, new.facts.answers).filter { $0.value != $1.value }.map(
            FactChange.init
        )
    }

    /// What a template has to say in one tree, by the line of the marker.
    private struct Entry {
        let patch: String
        let template: String
        let line: Int
        let side: Side
        let quirks: [QuirkUse]
        /// Whether the template can't be rendered there, so that nobody knows its sites.
        var isWholeTemplate = false
    }

    private static func entries(_ placement: SeriesPlacement) -> [Entry] {
        placement.patches.flatMap { patch in
            patch.files.flatMap { entries($0, patch.folder) }
                + patch.problems.map { problem in
                    Entry(
                        patch: patch.folder,
                        template: problem.file,
                        line: problem.line,
                        side: Side(file: "", anchor: "commit message", place: .nowhere(problem)),
                        quirks: []
                    )
                }
        }
    }

    private static func entries(_ file: FilePlacement, _ patch: String) -> [Entry] {
        func entry(
            _ line: Int,
            _ anchor: String,
            _ place: Side.Place,
            _ quirks: [QuirkUse] = [],
            of template: String? = nil
        ) -> Entry {
            Entry(
                patch: patch,
                template: template ?? file.template,
                line: line,
                side: Side(file: file.target, anchor: anchor, place: place),
                quirks: [file.quirk].compactMap { $0 } + quirks
            )
        }
        let new =
            file.isNew ? [entry(0, "new file", file.problems.first.map { .nowhere($0) } ?? .line(nil))] : []
        guard !file.sites.isEmpty || file.isNew else {
            return file.problems.map { problem in
                var whole = entry(problem.line, "the template", .nowhere(problem))
                whole.isWholeTemplate = true
                return whole
            }
        }
        return new
            + file.sites.map { site in
                let place: Side.Place =
                    switch site.place {
                    case .at(_, let line): .line(line)
                    case .nowhere(let problem): .nowhere(problem)
                    case .present(let place):
                        .nowhere(
                            Diagnostic(
                                at: site.template,
                                message: "\(place.file):\(place.line) has it already: \(place.message)"
                            )
                        )
                    }
                return entry(site.template.line, site.anchor, place, site.quirks, of: site.template.path)
            }
    }

    private static func compare(_ old: SeriesPlacement?, _ new: SeriesPlacement) -> [Site] {
        let before = old.map(entries) ?? []
        let after = entries(new)
        // Where a template can't be rendered, each of its sites fails, and for the same reason.
        let failures = Dictionary(
            after.filter(\.isWholeTemplate).map { ($0.template, $0.side) },
            uniquingKeysWith: { first, _ in first }
        )
        let known = Set(before.filter { !$0.isWholeTemplate }.map(\.template))
        var rest = after.filter { !($0.isWholeTemplate && known.contains($0.template)) }
        var sites = before.map { entry in
            let partner = rest.firstIndex { ($0.template, $0.line) == (entry.template, entry.line) }
            if let partner { return site(entry, rest.remove(at: partner)) }
            let failed = failures[entry.template].map { failure in
                Side(file: failure.file, anchor: entry.side.anchor, place: failure.place)
            }
            return site(entry, nil, failed)
        }
        // A template that nobody can render in either tree is said once, for the new one.
        sites.removeAll { $0.to == nil && $0.from?.problem != nil }
        return sites + rest.map { site(nil, $0) }
    }

    private static func site(_ old: Entry?, _ new: Entry?, _ failed: Side? = nil) -> Site {
        let any = new ?? old
        return Site(
            patch: any?.patch ?? "",
            template: any?.template ?? "",
            templateLine: any?.line ?? 0,
            from: old?.side,
            to: new?.side ?? failed,
            renamings: old.flatMap { old in new.map { renamings(old, $0) } } ?? [],
            variants: []
        )
    }

    private static func renamings(_ old: Entry, _ new: Entry) -> [Renaming] {
        func row(_ name: String, _ entry: Entry) -> QuirkUse? { entry.quirks.first { $0.from == name } }
        var names: [String] = []
        for use in old.quirks + new.quirks where !names.contains(use.from) { names.append(use.from) }
        let known = names.compactMap { name -> Renaming? in
            let (before, after) = (row(name, old), row(name, new))
            guard before?.to != after?.to else { return nil }
            return Renaming(
                from: before?.to ?? name,
                to: after?.to ?? name,
                quirk: (after ?? before)?.quirk
            )
        }
        guard old.side.anchor != new.side.anchor else { return known }
        return known + [Renaming(from: old.side.anchor, to: new.side.anchor, quirk: nil)]
    }
}
