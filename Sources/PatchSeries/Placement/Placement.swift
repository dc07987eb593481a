// SPDX-License-Identifier: GPL-2.0-only

/// Several selections of a series tried in one tree.
public struct SeriesTrial: Sendable {
    public let facts: FactSet
    /// What was tried, by variant.
    public let variants: [String]
    /// One for each of them.
    public let outcomes: [Outcome]

    public enum Outcome: Sendable {
        case placed(SeriesPlacement)
        /// The tree has what the selection would add; the text says as what.
        case refused([Diagnostic])
    }
}

/// A series tried in one tree: where each site goes, and which don't go anywhere.
public struct SeriesPlacement: Sendable {
    public let patches: [PatchPlacement]
    /// What was chosen, and what the tree makes of it.
    public let settled: SettledSelection
    /// Quirk rows that the user should know of.
    public let notes: [String]
    /// What has another name in this tree.
    public let renames: Renames

    /// Everything that doesn't fit, of all patches, in their order.
    public var problems: [Diagnostic] { patches.flatMap { $0.files.flatMap(\.problems) + $0.problems } }

    /// Why it can't be committed; nil if everything fits.
    var misfit: SeriesError? {
        let (present, problems) = (present, problems)
        if !present.isEmpty {
            let these = present.count == 1 ? "this" : "these \(present.count)"
            return SeriesError(
                .present,
                present,
                advice: [
                    "the base has \(these) of the series already: some or all of it was applied there; nothing was written",
                    "name a base without it (--base), or revert what `git log -- FILE` shows; only commits count, not the work tree",
                ]
            )
        }
        guard !problems.isEmpty else { return nil }
        let places = problems.count == 1 ? "1 place doesn't" : "\(problems.count) places don't"
        return SeriesError(
            .placement,
            problems,
            advice: [
                "\(places) fit this tree; nothing was written",
                "fix the anchors, or say what has another name there in a quirk (docs/templates.md)",
            ]
        )
    }

    /// What the tree has of the series already: then that is said, whatever else doesn't fit.
    public var present: [Diagnostic] {
        patches.flatMap(\.files).flatMap { file in
            file.sites.isEmpty
                ? (file.isPresent ? file.problems : [])
                : file.sites.compactMap {
                    if case .present(let place) = $0.place { place } else { nil }
                }
        }
    }
}

/// One patch of it.
public struct PatchPlacement: Sendable {
    public let folder: String
    /// The whole commit message; empty if it can't be told.
    public let message: [UInt8]
    public let files: [FilePlacement]
    /// What its message lacks.
    public let problems: [Diagnostic]
}

/// What one template does to one file.
public struct FilePlacement: Sendable {
    /// The template's path, as the user knows it.
    public let template: String
    /// The template's path in the patch's folder.
    public let path: String
    /// The file in this tree.
    public let target: String
    /// The quirk row that says that the file has another path here.
    public let quirk: QuirkUse?
    /// The file after the patch; nil if something doesn't fit.
    public let bytes: [UInt8]?
    public let isNew: Bool
    /// Whether the tree has some of it already.
    public let isPresent: Bool
    /// In the template's order; none for a new file, and where a fact is missing that the template needs.
    public let sites: [SitePlacement]
    /// What doesn't fit; what is wrong with the whole file is said once.
    public let problems: [Diagnostic]
}

/// One site of a template in one tree.
public struct SitePlacement: Sendable, Equatable {
    public let anchor: String
    /// 1-based line of the marker in the template.
    public let templateLine: Int
    /// The quirk rows that gave names of the anchor, in its order.
    public let quirks: [QuirkUse]
    public let place: Place
    /// The lines of the file after the patch that are the site's, counted from 0; empty if the file is not changed.
    public let body: Range<Int>
    /// For each of those, the template's line that it comes from.
    public let origins: [Int]

    public enum Place: Sendable, Equatable {
        /// `line` is in the file as the patches before leave it, `treeLine` in the tree itself; both 1-based.
        case at(line: Int, treeLine: Int)
        case nowhere(Diagnostic)
        /// The tree declares already what the site would; says where.
        case present(Diagnostic)

        /// Why the site isn't placed.
        var problem: Diagnostic? {
            switch self {
            case .at: nil
            case .nowhere(let problem), .present(let problem): problem
            }
        }
    }

    var isPresent: Bool { if case .present = place { true } else { false } }
}

/// A quirk row at work: what has another name in this tree.
public struct QuirkUse: Sendable, Equatable {
    /// The row's name.
    public let quirk: String
    /// A path or symbol as the templates have it.
    public let from: String
    /// What it is called in this tree.
    public let to: String
}
