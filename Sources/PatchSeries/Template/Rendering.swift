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
    public let removed: [RemovedFile]
    /// Where the lines of the message come from.
    let messageTrace: FileTrace?
}

/// A file after a patch.
public struct RenderedFile: Sendable {
    public let path: String
    public let bytes: [UInt8]
    /// The template that is the whole file, if it is a new one.
    public let whole: String?
    public let sites: [PlacedSite]
    /// What kind of file it is to be; nil for the kind that it is.
    public let mode: Series.FileRow.Mode?
    /// What has to be at the path before, by git's id; nil for anything.
    public let was: String?
    /// Where its lines come from.
    let trace: FileTrace
    /// The path of the kernel file that its templates are for.
    public let templatePath: String

    public var isNew: Bool { whole != nil }

    /// nil if something doesn't fit.
    fileprivate init?(_ placement: FilePlacement) {
        guard let bytes = placement.bytes else { return nil }
        path = placement.target
        self.bytes = bytes
        whole = placement.whole
        sites = placement.sites
        mode = placement.row?.mode
        was = placement.row?.was
        trace = placement.trace
        templatePath = placement.path
    }
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
                    author: selection.isAsPosted ? posted(patch.folder) : nil,
                    files: patch.files.compactMap(RenderedFile.init),
                    removed: patch.removed,
                    messageTrace: patch.messageTrace
                )
            },
            settled: placement.settled,
            notes: placement.notes,
            renames: placement.renames
        )
    }

    /// Who wrote a patch as posted.
    private func posted(_ folder: String) -> Identity {
        patches.first { $0.folder == folder }?.author ?? author
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
            let active = patch.fragments.filter { environment.conditions[$0.condition] ?? false }
            var files: [FilePlacement] = []
            var removed: [RemovedFile] = []
            var steps: [FileStep] = []
            func finishSteps() throws(SeriesError) {
                let results = steps.mapConcurrently { step in step.done() }
                steps = []
                for result in results {
                    let step = try result.get()
                    if let placement = step.placement { files.append(placement) }
                    work[step.placer.target] = step.file
                }
            }
            // As the patch finds it: two files may change places.
            let before = work
            for path in patch.paths(active) {
                let row = patch.rows.first { $0.path == path }
                var placer = FilePlacer(
                    path: path,
                    template: patch.files.first { $0.path == path }?.template,
                    fragments: active.filter { $0.path == path },
                    precedence: precedence,
                    quirks: quirks,
                    environment: environment
                )
                let target = placer.target
                // Two files of the templates may be one in this tree.
                if row != nil || steps.contains(where: { $0.placer.target == target }) { try finishSteps() }
                if let row, row.isRemoval {
                    removed.append(RemovedFile(path: target, was: row.was))
                    work[target, default: WorkingFile(target, nil)].remove()
                    continue
                }
                if let row,
                    !row.isOfTemplate(hasTemplate: placer.template != nil || !placer.fragments.isEmpty)
                {
                    func content(_ path: String) throws -> [UInt8]? {
                        if let known = before[path] { return known.exists ? known.bytes : nil }
                        return try read(path)
                    }
                    var file = WorkingFile(target, nil)
                    var placement = try placer.place(
                        row,
                        exists: try work[target]?.exists ?? (read(target) != nil),
                        content: row.source(target).flatMap { try content(quirks.path($0)) },
                        on: &file
                    )
                    placement.row = row
                    files.append(placement)
                    work[target] = file
                    continue
                }
                let file =
                    if let known = work[target] {
                        known
                    } else {
                        WorkingFile(target, try sources.file(target, read))
                    }
                placer.advice = {
                    settled.settingWithout(patch.condition).map { "--set \($0) leaves this patch out" }
                }
                steps.append(FileStep(placer: placer, file: file, row: row))
            }
            try finishSteps()
            let (message, problems, trace) = try message(of: patch, active, settled, quirks)
            patches.append(
                PatchPlacement(
                    folder: patch.folder,
                    message: message,
                    files: files,
                    removed: removed,
                    problems: problems,
                    messageTrace: trace
                )
            )
        }
        return SeriesPlacement(
            patches: patches,
            settled: settled,
            notes: settled.remarks + notes(quirks, settled),
            renames: quirks.renames
        )
    }

    /// The commit message, or what it lacks in this tree.
    private func message(
        of patch: Patch,
        _ active: [Fragment],
        _ settled: SettledSelection,
        _ quirks: ActiveQuirks
    ) throws(SeriesError) -> (message: [UInt8], problems: [Diagnostic], trace: FileTrace?) {
        let isAsPosted = settled.environment.conditions[Self.asPosted] ?? false
        let posted = isAsPosted ? patch.postedMessage : nil
        let template = posted ?? patch.message
        let rendered: Template.Rendered
        do {
            rendered = try template.render(settled.environment)
        } catch {
            guard error.kind == .placement else { throw error }
            return ([], error.diagnostics, nil)
        }
        var file = WorkingFile(Fragment.message, template: rendered.bytes)
        var placer = FilePlacer(
            path: Fragment.message,
            template: nil,
            fragments: posted == nil ? active.filter { $0.path == Fragment.message } : [],
            precedence: precedence,
            quirks: quirks,
            environment: settled.environment
        )
        placer.begin(with: rendered, of: template)
        let placement = try placer.place(on: &file)
        if let problems = placement?.problems, !problems.isEmpty { return ([], problems, nil) }
        let message = file.bytes
        guard let first = message.first, first != UInt8(ascii: "\n") else {
            let place = SourcePosition(template.path, line: 1)
            throw SeriesError(.series, [Diagnostic(at: place, message: "the commit message has no subject")])
        }
        return (message, [], placer.trace)
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
    private static let nameSizeLimit = Limits.raised(4096)

    /// Names may mention each other; each is resolved once its parts are.
    private func resolveNames(_ environment: inout Template.Environment) throws(SeriesError) {
        var pending: [(name: Name, value: String)] = []
        for name in names {
            let match = name.cases.first {
                $0.condition?.holds { environment.conditions[$0] ?? false } ?? true
            }
            guard let match else {
                let reason = "no case of \(name.position) holds for this selection"
                environment.missing[name.name] = .init(reason: reason, isOfTree: false)
                continue
            }
            pending.append((name, match.value))
        }
        while !pending.isEmpty {
            var blocked: [(name: Name, value: String)] = []
            for entry in pending {
                let parts = mentionedNames(entry.value)
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
                                    at: entry.name.position,
                                    message:
                                        "\(entry.name.name) stands for more than \(Self.nameSizeLimit) bytes, which is the limit"
                                )
                            ]
                        )
                    }
                    let template = Template(
                        path: "\(entry.name.position)",
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
                            at: $0.name.position,
                            message: "\($0.name.name) is defined in terms of itself: '\($0.value)'"
                        )
                    }
                )
            }
            pending = blocked
        }
    }
}

/// A file of a patch with the templates that change it: of one patch each is placed by itself.
private struct FileStep: Sendable {
    var placer: FilePlacer
    var file: WorkingFile
    let row: Series.FileRow?
    var placement: FilePlacement?

    func done() -> Result<FileStep, SeriesError> {
        Result { () throws(SeriesError) in
            var step = self
            step.placement = try step.placer.place(on: &step.file)
            step.placement?.row = row
            return step
        }
    }
}

extension Series.FileRow {
    /// Whether a template says all about the file's content.
    fileprivate func isOfTemplate(hasTemplate: Bool) -> Bool {
        if case .template = content { hasTemplate } else { false }
    }

    /// The path that the content is read from, if it is of the tree.
    fileprivate func source(_ target: String) -> String? {
        switch content {
        case .template: target
        case .renamed(let source): source
        case .whole, .removed: nil
        }
    }
}

extension Series.Patch {
    /// The kernel files that it changes with some of its fragments, in order.
    fileprivate func paths(_ active: [Series.Fragment]) -> [String] {
        let own = files.map(\.path)
        let others = Set(active.map(\.path) + rows.map(\.path)).subtracting(own)
            .subtracting([Series.Fragment.message])
        return others.isEmpty ? own : (own + others).sorted()
    }
}
