// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// A series placed in one tree: what each patch makes of each file.
public struct RenderedSeries: Sendable {
    public let patches: [RenderedPatch]
    public let facts: FactSet
    /// Quirk rows that the user should know of.
    public let notes: [String]
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
    public let bytes: [UInt8]
    public let isNew: Bool
    public let sites: [PlacedSite]
}

/// Where a site of a template went.
public struct PlacedSite: Sendable {
    public let anchor: String
    /// `path:line` of the marker in the template.
    public let template: String
    /// 1-based line in the file before the patch.
    public let line: Int
}

extension Series {
    /// Places every patch of the selection; nothing is written anywhere.
    ///
    /// `read` gives the bytes of a file of the base tree, nil if it isn't
    /// there; `known` are files that were read before. Throws `.series` for
    /// template errors and `.placement` with all anchors that don't hold, of
    /// all patches.
    public func render(
        _ selection: Selection,
        known: [String: BaseFile] = [:],
        read: (String) throws(SeriesError) -> [UInt8]?
    ) throws(SeriesError) -> RenderedSeries {
        let sources = SourceCache(known)
        let facts = try FactSet(self, pinned: selection.pinned, sources: sources, read: read)
        let quirks = ActiveQuirks(self, facts)
        let environment = try environment(selection, facts)
        let truth = { environment.conditions[$0] ?? false }

        var overlay: [String: [UInt8]] = [:]
        var patches: [RenderedPatch] = []
        var problems: [Diagnostic] = []
        func collect(_ error: SeriesError) throws(SeriesError) {
            guard error.kind == .placement else { throw error }
            problems += error.diagnostics
        }
        for patch in self.patches where patch.condition?.holds(truth) ?? true {
            var files: [RenderedFile] = []
            for (path, template) in patch.files {
                let target = quirks.path(path)
                let placer = FilePlacer(
                    template: template,
                    target: target,
                    quirks: quirks,
                    environment: environment
                )
                do {
                    let base =
                        if let changed = overlay[target] {
                            BaseFile(path: target, bytes: changed)
                        } else {
                            try sources.file(target, read)
                        }
                    guard let file = try placer.place(on: base) else { continue }
                    overlay[target] = file.bytes
                    files.append(file)
                } catch {
                    try collect(
                        overlay[target] == nil
                            ? error : inTree(error, of: placer, on: sources.file(target, read))
                    )
                }
            }
            do {
                let message = try patch.message.render(environment).bytes
                patches.append(
                    RenderedPatch(
                        folder: patch.folder,
                        message: message,
                        author: selection.isAsPosted ? author : nil,
                        files: files
                    )
                )
            } catch {
                try collect(error)
            }
        }
        guard problems.isEmpty else { throw SeriesError(.placement, problems) }
        return RenderedSeries(
            patches: patches,
            facts: facts,
            notes: selection.remarks(in: facts, of: self) + notes(quirks, selection.pinned, truth)
        )
    }

    /// A failure on a file that an earlier patch changed, with the lines of the tree itself:
    /// those are what the user can look at.
    private func inTree(_ error: SeriesError, of placer: FilePlacer, on base: BaseFile?) -> SeriesError {
        do {
            // It fits the tree: the earlier patch is what is in the way.
            _ = try placer.place(on: base)
            return error
        } catch let first {
            return first.kind == .placement ? first : error
        }
    }

    /// Renders one of the series' other templates, such as a guest test, for a selection on a tree.
    public func render(_ template: Template, _ selection: Selection, _ facts: FactSet) throws(SeriesError)
        -> [UInt8]
    {
        try template.render(try environment(selection, facts)).bytes
    }

    private func notes(
        _ quirks: ActiveQuirks,
        _ pinned: [String: UInt64],
        _ truth: (String) -> Bool
    ) -> [String] {
        quirks.rows.compactMap { row in
            guard case .note(let condition, let fact) = row.effect, condition?.holds(truth) ?? true else {
                return nil
            }
            if let fact, pinned[fact] != nil { return nil }
            return "\(row.why) (\(row.link))"
        }
    }

    /// Throws `.upstream` for a selection that the tree refuses.
    func environment(_ selection: Selection, _ facts: FactSet) throws(SeriesError) -> Template.Environment {
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
        environment.conditions.merge(try conditions(selection, facts)) { $1 }
        try resolveNames(&environment)
        return environment
    }

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
