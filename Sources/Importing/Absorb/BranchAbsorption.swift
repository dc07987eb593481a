// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Generation
import Git
import PatchSeries
import SystemPackage

/// Takes what a person edited on a generated branch back into the templates.
package struct BranchAbsorption {
    /// A line of a template that was edited, or a site that was added.
    package struct Edit {
        package let patch: String
        package let place: SourcePosition
        package let isNewSite: Bool
    }

    /// What another variant makes of it.
    package struct Other {
        package let variant: String
        /// What is different, as `0004-share-sev-context: arch/x86/kvm/svm/sev.c`; empty for a variant that is as before.
        package let changes: [String]
    }

    package let branch: GeneratedBranch
    package let edits: [Edit]
    package let others: [Other]
    /// The files that become others, by path below the series' folder.
    package let files: [String: [UInt8]]
    private let loaded: LoadedSeries
    private let absorbed: LoadedSeries
    private let selection: Selection
    private let generated: GeneratedSeries

    /// Finds out what the templates have to be, and renders them: nothing is written.
    ///
    /// - Parameters:
    ///   - loaded: the series of the branch.
    ///   - base: the branch's base; keeps new objects in memory.
    ///   - preference: where to put what could go to two places; nil to refuse it.
    ///   - allowsOthers: whether other variants may become others.
    package init(
        _ branch: GeneratedBranch,
        _ loaded: LoadedSeries,
        on base: borrowing BaseCommit,
        prefer preference: AbsorbPreference?,
        allowsOthers: Bool
    ) throws {
        self.branch = branch
        self.loaded = loaded
        guard branch.origin.templates == loaded.digest.description else {
            throw ImportError(
                .series,
                "the templates of \(loaded.folder) were edited since '\(branch.name)' was made, so its lines are not theirs any more\ngenerate it from them, your edits kept: kpatch-gen rebase \(branch.name); then absorb it"
            )
        }
        guard branch.commits.count == branch.patches.count else {
            throw ImportError(
                .base,
                "'\(branch.name)' has \(counted(branch.commits.count, "commit")), and was generated with \(branch.patches.count): each edit has to be in the commit of its patch\nput them there with: git commit --fixup COMMIT, and git rebase -i --autosquash \(branch.base.id.abbreviated)"
            )
        }
        selection = try Selection(
            variant: branch.origin.variant,
            settings: try branch.origin.settings(of: loaded.series),
            onUpstream: branch.origin.onUpstream,
            of: loaded.series
        )
        let start = try base.generate(loaded, selection)
        var run = Run(branch, loaded, start, selection, prefer: preference)
        try run.requireGenerated()
        for number in branch.commits.indices {
            try Task.checkCancellation()
            try run.absorb(number, on: base)
        }
        (edits, files, absorbed, generated) = (run.edits, run.changed, run.loaded, run.generated)
        others = try Self.others(loaded, absorbed, selection, on: base)
        let changed = others.filter { !$0.changes.isEmpty }
        guard allowsOthers || changed.isEmpty else {
            let list = changed.map { "    \($0.variant): \($0.changes.joined(separator: ", "))" }
            let places = edits.prefix(20).map { "    \($0.place)" }
            throw ImportError(
                .series,
                (["the edits are of lines that other variants have, too; nothing was written"] + places
                    + ["they would change:"] + list + [
                        "if that is meant: --others; else put what is only for \(selection.summary) into a fragment (docs/templates.md)"
                    ]).joined(separator: "\n")
            )
        }
    }

    /// What becomes of the other variants.
    private static func others(
        _ before: LoadedSeries,
        _ after: LoadedSeries,
        _ selection: Selection,
        on base: borrowing BaseCommit
    ) throws -> [Other] {
        var result: [Other] = []
        for variant in before.series.variants.map(\.name) {
            try Task.checkCancellation()
            let old = try Selection(variant: variant, settings: [], of: before.series)
            if variant == selection.variant, selection.changed.isEmpty, selection.pinned.isEmpty { continue }
            let new = try Selection(variant: variant, settings: [], of: after.series)
            let known: GeneratedSeries
            do {
                known = try base.generate(before, old)
            } catch {
                guard error is SeriesError || error is Failure else { throw error }
                // It has no place in this tree, or the tree has it already: nothing to compare.
                continue
            }
            let made: GeneratedSeries
            do {
                made = try base.generate(after, new)
            } catch {
                guard error is SeriesError else { throw error }
                throw ImportError(
                    .series,
                    "with these edits variant \(variant) has no place in \(base.displayName) any more; nothing was written\n\(error)"
                )
            }
            var changes: [String] = []
            for (left, right) in zip(known.commits, made.commits) {
                if left.message != right.message { changes.append("\(left.folder): message.txt") }
                if left.tree != right.tree {
                    changes += try base.repository.diff(from: left.tree, to: right.tree).map {
                        "\(left.folder): \($0.path)"
                    }
                }
            }
            // What a patch changes, all behind it have.
            var seen: Set<String> = []
            let files = changes.filter { change in
                seen.insert(change.hasSuffix(": message.txt") ? change : String(change.drop { $0 != ":" }))
                    .inserted
            }
            result.append(Other(variant: variant, changes: files))
        }
        return result
    }

    // MARK: Writing

    /// Writes the templates, all or none, and has the branch count as generated from them.
    package func write(in repository: borrowing Repository) throws {
        guard !files.isEmpty else { return }
        let folder = FilePath(loaded.folder)
        for (path, _) in files {
            let file = folder.appending(path)
            let known = loaded.files[path]
            let now = Files.exists(file) ? try Files.read(file) : nil
            guard known == now else {
                throw ImportError(.series, "\(file) was changed while this ran; nothing was written")
            }
        }
        var written: [String] = []
        do {
            for path in files.keys.sorted() {
                let file = folder.appending(path)
                try Files.makeFolder(file.removingLastComponent())
                written.append(path)
                try Files.write(files[path] ?? [], to: file)
            }
        } catch {
            for path in written {
                if let old = loaded.files[path] {
                    try? Files.write(old, to: folder.appending(path))
                } else {
                    try? Files.remove(folder.appending(path))
                }
            }
            throw error
        }
        let commits = generated.named(branch.commits.map(\.id))
        _ = try repository.publish(commits, branch: branch.name, current: branch.tip, selection, absorbed)
    }
}

/// Absorbs one patch after the other.
private struct Run {
    let branch: GeneratedBranch
    private(set) var loaded: LoadedSeries
    private(set) var generated: GeneratedSeries
    private(set) var edits: [BranchAbsorption.Edit] = []
    private let original: LoadedSeries
    private let selection: Selection
    private let preference: AbsorbPreference?
    /// What was put behind each message, as --signoff does.
    private var trailers: [String] = []
    /// Whether what was tried last edits lines of the tree.
    private var hasNewSites = false

    init(
        _ branch: GeneratedBranch,
        _ loaded: LoadedSeries,
        _ generated: GeneratedSeries,
        _ selection: Selection,
        prefer preference: AbsorbPreference?
    ) {
        self.branch = branch
        self.loaded = loaded
        self.generated = generated
        original = loaded
        self.selection = selection
        self.preference = preference
    }

    var changed: [String: [UInt8]] { loaded.files.filter { original.files[$0.key] != $0.value } }

    /// Refuses a branch that its templates don't give, as where what it was generated with isn't all in its notes.
    mutating func requireGenerated() throws {
        let isSame =
            generated.commits.count == branch.patches.count
            && zip(generated.commits, branch.patches).allSatisfy { $0.tree == $1.commit.tree }
        guard isSame else {
            throw ImportError(
                .series,
                "\(loaded.folder) doesn't render to what '\(branch.name)' was generated as, with the same templates: another version of kpatch-gen made it\ngenerate it again, your edits kept: kpatch-gen rebase \(branch.name)"
            )
        }
        trailers = zip(generated.commits, branch.patches).map { made, known in
            let text = made.message.dropLast()
            let message = SignOff.withOneNewline(known.commit.message)
            return message.hasPrefix(text) ? String(message.dropFirst(text.count)) : "\n"
        }
    }

    /// Takes one commit's edits in, and renders the series with them.
    mutating func absorb(_ number: Int, on base: borrowing BaseCommit) throws {
        guard try !isSame(number) else { return }
        // New sites are by structure, or else by lines.
        for isByLines in [false, true] {
            var trial = self
            trial.hasNewSites = false
            do {
                try trial.take(number, isByLines: isByLines, on: base)
                guard try trial.isSame(number) else { throw try trial.misfit(number, base) }
                self = trial
                return
            } catch let error as ImportError {
                if isByLines || !trial.hasNewSites { throw error }
            } catch {
                throw error
            }
        }
    }

    private func isSame(_ number: Int) throws -> Bool {
        let made = generated.commits[number]
        return try made.tree == branch.commits[number].tree && made.message == message(number)
    }

    private func misfit(_ number: Int, _ base: borrowing BaseCommit) throws -> ImportError {
        let made = generated.commits[number]
        let commit = branch.commits[number]
        let paths = try base.repository.diff(from: made.tree, to: commit.tree).map(\.path)
        return ImportError(
            .series,
            ([
                "\(made.folder): with the edits in its templates it renders otherwise than \(commit.id.abbreviated): \(paths.isEmpty ? "message.txt" : paths.joined(separator: ", "))"
            ]
                + edits.filter { $0.patch == made.folder }.prefix(20).map { "    \($0.place)" }
                + ["nothing was written; edit the templates by hand"]).joined(separator: "\n")
        )
    }

    /// The message without what --signoff put behind it.
    private func message(_ number: Int) throws -> String {
        let text = SignOff.withOneNewline(branch.commits[number].message)
        let trailer = trailers[number]
        guard trailer != "\n" else { return text }
        guard text.hasSuffix(trailer) else {
            throw ImportError(
                .base,
                "\(branch.commits[number].id.abbreviated) lacks the sign-off that it was generated with\ngive it back: git commit --amend --signoff"
            )
        }
        return text.dropLast(trailer.count) + "\n"
    }

    private mutating func take(_ number: Int, isByLines: Bool, on base: borrowing BaseCommit) throws {
        let made = generated.commits[number]
        let commit = branch.commits[number]
        guard
            var absorber = Absorber(
                generated.rendered,
                loaded.series,
                patch: made.folder,
                prefer: preference
            ),
            let patch = generated.rendered.patches.first(where: { $0.folder == made.folder })
        else { return }
        var outside: [(path: String, edits: Absorber.TreeEdits)] = []
        do {
            let wanted = try message(number)
            if made.message != wanted {
                // A template may end with more newlines than a commit's message.
                let extra = patch.message.count - made.message.utf8.count
                let edited = Array(wanted.utf8) + [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, extra))
                try absorber.absorb(message: edited, changes: Self.changes(patch.message, edited))
            }
            for change in try base.repository.diff(from: made.tree, to: commit.tree) {
                let (before, edited) = try contents(change, base.repository)
                guard let file = patch.files.first(where: { $0.path == change.path }) else {
                    outside.append((change.path, Absorber.TreeEdits(before: before, after: edited)))
                    continue
                }
                try absorber.absorb(file.path, edited: edited, changes: Self.changes(file.bytes, edited))
                if let edits = absorber.outside[file.path] { outside.append((file.templatePath, edits)) }
            }
        } catch let refusal as AbsorbRefusal {
            throw ImportError(
                .series,
                (["\(refusal.place): \(refusal.reason)"] + refusal.notes.map { "    \($0)" } + [
                    "nothing was written (\(made.folder), commit \(commit.id.abbreviated))"
                ]).joined(separator: "\n")
            )
        } catch {
            throw error
        }
        hasNewSites = !outside.isEmpty
        let own = absorber.apply(to: loaded.files, root: loaded.folder)
        let places = absorber.places.map {
            BranchAbsorption.Edit(patch: made.folder, place: $0, isNewSite: false)
        }
        let (files, added) = try Self.withSites(
            outside,
            own,
            made.folder,
            loaded.folder,
            isByLines: isByLines
        )
        do {
            loaded = try LoadedSeries(loaded, files: files)
            generated = try base.generate(loaded, selection)
        } catch let error as SeriesError {
            throw ImportError(
                .series,
                "with the edits of \(commit.id.abbreviated) the series can't be rendered; nothing was written\n\(error)"
            )
        } catch {
            throw error
        }
        edits += places + added
    }

    private static func changes(_ old: [UInt8], _ new: [UInt8]) throws -> [ChangedLines] {
        try lineChanges(from: old, to: new).map { ChangedLines(old: $0.old, new: $0.new) }
    }

    /// A file before and after an edit; what a template can't say is refused.
    private func contents(_ change: TreeChange, _ repository: borrowing Repository) throws
        -> (before: [UInt8], after: [UInt8])
    {
        func refusal(_ what: String) -> ImportError {
            ImportError(
                .series,
                "\(change.path) \(what), which absorb doesn't put into a series; nothing was written\nsay it in series.yml (docs/templates.md, \"Files that no template can say\")"
            )
        }
        guard let new = change.new else { throw refusal("was taken away") }
        guard let old = change.old else { throw refusal("is new in the branch") }
        guard old.mode == new.mode else { throw refusal("has another mode") }
        guard new.mode == .regular || new.mode == .executable else { throw refusal("is no plain file") }
        return (
            try repository.bytes(of: old.id, path: change.path),
            try repository.bytes(of: new.id, path: change.path)
        )
    }

    /// The series' files with new sites for what was edited of the tree's own lines.
    private static func withSites(
        _ outside: [(path: String, edits: Absorber.TreeEdits)],
        _ files: [String: [UInt8]],
        _ folder: String,
        _ root: String,
        isByLines: Bool
    ) throws -> (files: [String: [UInt8]], added: [BranchAbsorption.Edit]) {
        var result = files
        var added: [BranchAbsorption.Edit] = []
        for (path, edits) in outside {
            guard
                let sites = try SiteFinder.template(
                    from: edits.before,
                    to: edits.after,
                    at: path,
                    isByLines: isByLines
                )
            else {
                throw ImportError(
                    .series,
                    "\(path): no anchor names the place of what was edited of the tree's own lines; nothing was written"
                )
            }
            let key = "\(folder)/\(path)"
            let known = result[key] ?? []
            // In reST, all behind a section's title is in that section.
            let isBelow = SourceLanguage(path: path) == .c || known.isEmpty
            let gap = known.isEmpty ? [] : Array("\n".utf8)
            result[key] = isBelow ? known + gap + sites : sites + gap + known
            let line = isBelow ? (known + gap).newlines + 1 : 1
            added.append(
                .init(patch: folder, place: SourcePosition("\(root)/\(key)", line: line), isNewSite: true)
            )
        }
        return (result, added)
    }
}
