// SPDX-License-Identifier: GPL-2.0-only

import Base

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
            ],
            lost: patches.flatMap { $0.files.flatMap(\.lost) }
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
    /// What it takes away.
    public let removed: [RemovedFile]
    /// What its message lacks.
    public let problems: [Diagnostic]
    /// Where the lines of the message come from.
    let messageTrace: FileTrace?
}

/// A file that a patch takes away.
public struct RemovedFile: Sendable, Equatable {
    /// Its path in the tree.
    public let path: String
    /// What it must be, by git's id; nil for anything.
    public let was: String?
}

/// What one patch does to one file: its template, and the fragments of the chosen values.
public struct FilePlacement: Sendable {
    /// The path of the first template, as the user knows it.
    public let template: String
    /// The kernel file that they are for.
    public let path: String
    /// The file in this tree.
    public let target: String
    /// The quirk row that says that the file has another path here.
    public let quirk: QuirkUse?
    /// The file after the patch; nil if something doesn't fit.
    public let bytes: [UInt8]?
    /// The template that is the whole file, if it is a new one.
    public let whole: String?
    /// Whether the tree has some of it already.
    public let isPresent: Bool
    /// In the templates' order; none of a new file, and where a fact is missing that a template needs.
    public let sites: [PlacedSite]
    /// What doesn't fit; what is wrong with the whole file is said once.
    public let problems: [Diagnostic]
    /// Names that its anchors ask for and that it doesn't have.
    let lost: [LostName]
    /// Where its lines come from.
    let trace: FileTrace
    /// What series.yml says of the file besides; nil for most.
    public var row: Series.FileRow?

    public var isNew: Bool { whole != nil }
}

/// One site of a template in one tree.
public struct PlacedSite: Sendable, Equatable {
    public let anchor: String
    /// Where the marker was written.
    public let template: SourcePosition
    /// The path of the template, which may include the file that the marker stands in.
    public let templatePath: String
    /// The quirk rows that gave names of the anchor, in its order.
    public let quirks: [QuirkUse]
    public internal(set) var place: Place
    /// The lines of the file after the patch that are the site's, counted from 0; empty if the file is not changed.
    public internal(set) var body: Range<Int>
    /// For each of those, the template's line that it comes from, by its index; nil where a fragment put it.
    public internal(set) var origins: [Int?]

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

    /// 1-based line in the file before the patch; 0 if the site isn't placed.
    public var line: Int { if case .at(let line, _) = place { line } else { 0 } }

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
