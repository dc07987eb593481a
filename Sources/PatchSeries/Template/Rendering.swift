// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// A series placed in one tree: what each patch makes of each file.
public struct RenderedSeries: Sendable {
    public let patches: [RenderedPatch]
    /// What was chosen, and what the tree makes of it.
    public let settled: SettledSelection
    /// Quirk rows that the user should know of.
    public let notes: [String]
    /// What has another name in this tree.
    public let renames: Renames

    public var facts: FactSet { settled.facts }
}

/// One patch, ready to be committed.
public struct RenderedPatch: Sendable {
    public let folder: String
    /// The whole commit message.
    public let message: [UInt8]
    /// The author as posted, or nil if the work is the user's.
    public let author: Series.Identity?
    public let files: [RenderedFile]
}

/// A file after a patch.
public struct RenderedFile: Sendable {
    public let path: String
    /// Path of the template in the patch's folder.
    public let template: String
    public let bytes: [UInt8]
    public let isNew: Bool
    public let sites: [PlacedSite]
}

extension RenderedFile {
    /// nil if something doesn't fit.
    fileprivate init?(_ placement: FilePlacement) {
        guard let bytes = placement.bytes else { return nil }
        self.init(
            path: placement.target,
            template: placement.path,
            bytes: bytes,
            isNew: placement.isNew,
            sites: placement.sites.compactMap { site in
                guard case .at(let line, _) = site.place else { return nil }
                return PlacedSite(
                    anchor: site.anchor,
                    template: SourcePosition(placement.template, line: site.templateLine),
                    line: line,
                    body: site.body,
                    origins: site.origins
                )
            }
        )
    }
}

/// Where a site of a template went.
public struct PlacedSite: Sendable {
    public let anchor: String
    /// The marker in the template.
    public let template: SourcePosition
    /// 1-based line in the file before the patch.
    public let line: Int
    /// The lines of the file after the patch that are the site's, counted from 0.
    public let body: Range<Int>
    /// For each of those, the template's line that it comes from.
    public let origins: [Int]
}

extension Series {
    /// Places every patch of the selection; nothing is written anywhere.
    ///
    /// `read` gives the bytes of a file of the base tree, nil if it isn't
    /// there; `known` are files that were read before. Throws `.series` for
    /// template errors and `.placement` with all anchors that don't hold, of
    /// all patches; `.present` if the tree has some of the series already,
    /// `.base` if it is none that the series is for.
    public func render(
        _ selection: Selection,
        known: [String: BaseFile] = [:],
        read: (String) throws -> [UInt8]?
    ) throws -> RenderedSeries {
        let placement = try place(selection, known: known, read: read)
        if let misfit = placement.misfit { throw misfit }
        return RenderedSeries(
            patches: placement.patches.map { patch in
                RenderedPatch(
                    folder: patch.folder,
                    message: patch.message,
                    author: selection.isAsPosted ? author : nil,
                    files: patch.files.compactMap(RenderedFile.init)
                )
            },
            settled: placement.settled,
            notes: placement.notes,
            renames: placement.renames
        )
    }

    /// Tries every site of the selection in a tree, whatever becomes of the others.
    ///
    /// Throws `.series` for template errors, `.upstream` for a selection that the tree refuses, `.base` where no site
    /// can be tried.
    public func place(
        _ selection: Selection,
        known: [String: BaseFile] = [:],
        read: (String) throws -> [UInt8]?
    ) throws -> SeriesPlacement {
        let sources = SourceCache(known)
        let facts = try FactSet(self, pinned: selection.pinned, sources: sources, read: read)
        if let tooOld = facts.tooOld { throw SeriesError(.base, [tooOld]) }
        return try place(SettledSelection(selection, in: facts, of: self), sources, read)
    }

    private func place(
        _ settled: SettledSelection,
        _ sources: SourceCache,
        _ read: (String) throws -> [UInt8]?
    ) throws -> SeriesPlacement {
        let quirks = ActiveQuirks(self, settled.facts)
        let environment = settled.environment

        var work: [String: WorkingFile] = [:]
        var patches: [PatchPlacement] = []
        for patch in self.patches where settled.holds(patch.condition) {
            var files: [FilePlacement] = []
            for (path, template) in patch.files {
                let placer = FilePlacer(
                    template: template,
                    path: path,
                    quirks: quirks,
                    environment: environment
                )
                let target = placer.target
                var file =
                    if let known = work[target] {
                        known
                    } else {
                        WorkingFile(target, try sources.file(target, read))
                    }
                if let placement = try placer.place(on: &file) { files.append(placement) }
                work[target] = file
            }
            var message: [UInt8] = []
            var problems: [Diagnostic] = []
            do {
                message = try patch.message.render(environment).bytes
            } catch {
                guard error.kind == .placement else { throw error }
                problems = error.diagnostics
            }
            if problems.isEmpty, message.first.map({ $0 == UInt8(ascii: "\n") }) ?? true {
                let problem = Diagnostic(
                    file: patch.message.path,
                    line: 1,
                    message: "the commit message has no subject"
                )
                throw SeriesError(.series, [problem])
            }
            patches.append(
                PatchPlacement(folder: patch.folder, message: message, files: files, problems: problems)
            )
        }
        return SeriesPlacement(
            patches: patches,
            settled: settled,
            notes: settled.remarks + notes(quirks, settled),
            renames: quirks.renames
        )
    }

    /// Tries several selections in a tree, which is read once.
    ///
    /// Throws `.series` for template errors, `.base` where the tree is none that the series is for.
    public func trial(
        of selections: [Selection],
        known: [String: BaseFile] = [:],
        read: (String) throws -> [UInt8]?
    ) throws -> SeriesTrial {
        let sources = SourceCache(known)
        let facts = try FactSet(self, pinned: selections.first?.pinned ?? [:], sources: sources, read: read)
        if let tooOld = facts.tooOld { throw SeriesError(.base, [tooOld]) }
        var outcomes: [SeriesTrial.Outcome] = []
        for selection in selections {
            do {
                let settled = try SettledSelection(selection, in: facts, of: self)
                outcomes.append(.placed(try place(settled, sources, read)))
            } catch let error as SeriesError where error.kind == .upstream {
                outcomes.append(.refused(error.diagnostics))
            }
        }
        return SeriesTrial(facts: facts, variants: selections.map(\.variant), outcomes: outcomes)
    }

    private func notes(_ quirks: ActiveQuirks, _ settled: SettledSelection) -> [String] {
        quirks.rows.compactMap { row in
            guard case .note(let condition, let fact) = row.effect, settled.holds(condition) else {
                return nil
            }
            if let fact, settled.chosen.pinned[fact] != nil { return nil }
            return "\(row.why) (\(row.link))"
        }
    }

    /// What templates are rendered with.
    ///
    /// - Parameter conditions: what holds; any other condition doesn't.
    func environment(_ conditions: [String: Bool], _ facts: FactSet) throws(SeriesError)
        -> Template.Environment
    {
        var environment = Template.Environment()
        for name in conditionNames { environment.conditions[name] = false }
        for (fact, answer) in zip(self.facts, facts.answers) {
            switch answer.value {
            case .number(let number): environment.values[fact.identifier] = "\(number)"
            case .truth(let truth): environment.conditions[fact.identifier] = truth
            case .missing(let reason):
                environment.missing[fact.identifier] = .init(reason: reason, isOfTree: true)
            }
        }
        environment.conditions.merge(conditions) { $1 }
        try resolveNames(&environment)
        return environment
    }

    /// The most bytes that a name stands for.
    private static let nameSizeLimit = 4096

    /// Names may mention each other; each is resolved once its parts are.
    private func resolveNames(_ environment: inout Template.Environment) throws(SeriesError) {
        var pending: [(name: Name, value: String)] = []
        for name in names {
            let match = name.cases.first {
                $0.condition?.holds { environment.conditions[$0] ?? false } ?? true
            }
            guard let match else {
                let reason = "no case of \(manifestPath):\(name.line) holds for this selection"
                environment.missing[name.name] = .init(reason: reason, isOfTree: false)
                continue
            }
            pending.append((name, match.value))
        }
        while !pending.isEmpty {
            var blocked: [(name: Name, value: String)] = []
            for entry in pending {
                let parts = parts(of: entry.value)
                let gone = parts.compactMap { part in environment.missing[part].map { (part, $0) } }
                if let (part, missing) = gone.first {
                    environment.missing[entry.name.name] = .init(
                        reason: "\(part): \(missing.reason)",
                        isOfTree: missing.isOfTree
                    )
                } else if parts.allSatisfy({ environment.values[$0] != nil }) {
                    // Before it is made: each name may be ten times the one before.
                    let size = parts.reduce(entry.value.utf8.count) {
                        $0 + (environment.values[$1]?.utf8.count ?? 0)
                    }
                    guard size <= Self.nameSizeLimit else {
                        throw SeriesError(
                            .series,
                            [
                                Diagnostic(
                                    file: manifestPath,
                                    line: entry.name.line,
                                    message:
                                        "\(entry.name.name) stands for more than \(Self.nameSizeLimit) bytes, which is the limit"
                                )
                            ]
                        )
                    }
                    let template = Template(
                        path: "\(manifestPath):\(entry.name.line)",
                        bytes: Array(entry.value.utf8)
                    )
                    environment.values[entry.name.name] = String(
                        decoding: try template.render(environment).bytes,
                        as: UTF8.self
                    )
                } else {
                    blocked.append(entry)
                }
            }
            guard blocked.count < pending.count else {
                throw SeriesError(
                    .series,
                    blocked.map {
                        Diagnostic(
                            file: manifestPath,
                            line: $0.name.line,
                            message: "\($0.name.name) is defined in terms of itself: '\($0.value)'"
                        )
                    }
                )
            }
            pending = blocked
        }
    }

    private func parts(of value: String) -> [String] {
        let bytes = Array(value.utf8)
        var result: [String] = []
        scanNames(bytes[...]) { result.append(String(decoding: bytes[$0], as: UTF8.self)) }
        return result
    }
}
