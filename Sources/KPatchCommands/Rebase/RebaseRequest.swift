// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Kernel
import PatchSeries
import SystemPackage

/// What the user wants of `rebase`.
struct RebaseRequest {
    let tree: String
    let branch: String?
    let onto: String?
    let series: String?
    let variant: String?
    let settings: [Setting]
    let onUpstream: Series.OnUpstream?
    let dryRun: Bool

    /// Throws away a rebase that waits; says what became of it.
    func abort() throws(Failure) -> String {
        var name = ""
        let open = try TreeArguments.open(tree) { repository, _ throws(Failure) in
            name = try waiting(repository)
            do {
                return try repository.branchTarget(name) ?? repository.commitID(of: "HEAD")
            } catch {
                throw Failure(error)
            }
        }
        let lock = try open.lock(name)
        defer { lock.release() }
        try Folder.remove(RebaseState.folder(open.repository, name))
        return "\(name): the rebase is thrown away; the branch is as it was"
    }

    /// Does it, or goes on with it.
    func run(continuing: Bool) throws(Failure) -> RebaseReport {
        var found: RebaseStart?
        let open = try TreeArguments.open(tree) { repository, _ throws(Failure) in
            let start = try start(repository, continuing: continuing)
            found = start
            return start.onto
        }
        guard let start = found else { throw Failure(.infrastructure, "no base was chosen") }
        if dryRun { return try dryRun(open, start) }
        let lock = try open.lock(start.branch)
        defer { lock.release() }
        return try run(open, start, continuing: continuing)
    }

    private func dryRun(_ open: consuming OpenTree, _ start: RebaseStart) throws(Failure) -> RebaseReport {
        do {
            try open.repository.useMemoryObjects()
        } catch {
            throw Failure(error)
        }
        let branch = try open.repository.generatedBranch(start.branch)
        let (loaded, selection) = try selection(of: branch)
        let plan = try open.plan(branch, loaded, selection, start, [:])
        return plan.report(.dryRun, tree: open.displayName)
    }

    private func run(_ open: borrowing OpenTree, _ start: RebaseStart, continuing: Bool) throws(Failure)
        -> RebaseReport
    {
        let folder = RebaseState.folder(open.repository, start.branch)
        var state = try open.recovered(folder, start.branch)
        let branch = try open.repository.generatedBranch(start.branch)
        try open.requireMovable(branch.name, tree: tree)
        let loaded: LoadedSeries
        let selection: Selection
        var resolutions: Resolutions = [:]
        if continuing {
            guard let waiting = state else { throw nothingWaits(start.branch) }
            loaded = try load(branch, waiting.series)
            try open.requireUnchanged(waiting, branch, loaded, again: command("--abort", start.branch))
            selection = try waiting.selection(of: loaded.series)
            resolutions = try waiting.resolutions(in: folder)
        } else {
            if let waiting = state {
                throw Failure(
                    .tree,
                    "a rebase of '\(start.branch)' onto \(waiting.ontoName) waits for its conflicts to be mended, in \(folder)\ngo on with: \(command("--continue", start.branch))\nor throw it away with: \(command("--abort", start.branch))"
                )
            }
            (loaded, selection) = try self.selection(of: branch)
        }
        let plan = try open.plan(branch, loaded, selection, start, resolutions)
        let files = state?.files ?? []
        guard plan.run.conflicts.isEmpty else {
            var next = RebaseState(
                branch,
                onto: start.onto,
                name: start.name,
                series: series ?? state?.series,
                selection,
                templates: loaded.digest.description
            )
            next.files = files
            next.stop = state?.stop ?? 0
            guard !Task.isCancelled else {
                throw Failure(.interrupted, "interrupted; the branch is as it was")
            }
            try next.stop(at: plan.run.conflicts, in: folder)
            state = next
            return plan.report(
                .conflict,
                tree: open.displayName,
                mending: Mending(
                    folder: folder.appending("\(next.stop)"),
                    commands: ["--continue", "--abort"].map { command($0, start.branch) }
                )
            )
        }
        let outcome = try open.publish(plan, folder, state)
        return plan.report(outcome, tree: open.displayName)
    }

    /// A command line for this branch.
    private func command(_ verb: String, _ branch: String) -> String {
        "kpatch-gen rebase --tree \(tree) \(verb) \(branch)"
    }

    private func nothingWaits(_ branch: String) -> Failure {
        Failure(
            .usage,
            "no rebase of '\(branch)' is under way\nbegin one with: kpatch-gen rebase --tree \(tree) --onto REVISION \(branch)"
        )
    }
}

/// Which branch goes where.
struct RebaseStart {
    let branch: String
    let onto: ObjectID
    /// What the user calls that.
    let name: String
}

extension RebaseRequest {
    private func start(_ repository: borrowing Repository, continuing: Bool) throws(Failure)
        -> RebaseStart
    {
        if continuing {
            let branch = try waiting(repository)
            guard let state = try RebaseState(in: RebaseState.folder(repository, branch)) else {
                throw nothingWaits(branch)
            }
            return RebaseStart(branch: branch, onto: state.onto, name: state.ontoName)
        }
        do {
            let known = try repository.generatedBranches()
            guard let name = branch ?? (known.count == 1 ? known[0] : nil) else {
                throw Failure(
                    .usage,
                    known.isEmpty
                        ? "no branch here was made by kpatch-gen apply"
                        : "which branch? there are \(known.count) generated ones: \(known.joined(separator: ", "))"
                )
            }
            guard try repository.branchTarget(name) != nil else { throw try repository.noBranch(name) }
            if let onto {
                return RebaseStart(branch: name, onto: try revision(onto, repository), name: onto)
            }
            let waiting = try RebaseState(in: RebaseState.folder(repository, name))
            let base =
                if let waiting, waiting.publishing != nil { waiting.onto } else {
                    try repository.generatedBranch(name).base.id
                }
            return RebaseStart(branch: name, onto: base, name: base.abbreviated)
        } catch {
            throw Failure(error)
        }
    }

    /// A base; `6.12` is the newest tag of that version, as for --tree.
    private func revision(_ text: String, _ repository: borrowing Repository) throws(GitError)
        -> ObjectID
    {
        do {
            return try repository.commitID(of: text)
        } catch {
            guard error.kind == .revisionNotFound,
                let newest = TreeArguments.newest(text, of: try repository.tagNames())
            else { throw error }
            return try repository.commitID(of: "refs/tags/\(newest)")
        }
    }

    /// The branch whose rebase waits for a person.
    private func waiting(_ repository: borrowing Repository) throws(Failure) -> String {
        if let branch {
            guard Files.exists(RebaseState.folder(repository, branch).appending("state")) else {
                throw nothingWaits(branch)
            }
            return branch
        }
        let all = try RebaseState.branches(repository)
        guard all.count == 1 else {
            throw Failure(
                .usage,
                all.isEmpty
                    ? "no rebase is under way here"
                    : "which branch? rebases are under way of: \(all.joined(separator: ", "))"
            )
        }
        return all[0]
    }

    /// The series that the branch is of.
    ///
    /// - Parameter known: where it was found before.
    private func load(_ branch: GeneratedBranch, _ known: String?) throws(Failure) -> LoadedSeries {
        let name = branch.origin.series
        let loaded = try LoadedSeries(series ?? known ?? name, of: ProjectFiles.locate())
        guard loaded.series.name == name else {
            throw Failure(
                .usage,
                "'\(branch.name)' was generated from series \(name), not from \(loaded.series.name)\nsay with --series where \(name) is"
            )
        }
        return loaded
    }

    /// What the branch is to be generated from now.
    private func selection(of branch: GeneratedBranch) throws(Failure) -> (LoadedSeries, Selection) {
        let loaded = try load(branch, nil)
        do {
            if let variant {
                let selection = try Selection(
                    variant: variant,
                    settings: settings,
                    onUpstream: onUpstream,
                    of: loaded.series
                )
                return (loaded, selection)
            }
            let names = Set(settings.map(\.name))
            let kept = try branch.origin.settings(of: loaded.series).filter { !names.contains($0.name) }
            let selection = try Selection(
                variant: branch.origin.variant,
                settings: kept + settings,
                onUpstream: onUpstream ?? branch.origin.onUpstream,
                of: loaded.series
            )
            return (loaded, selection)
        } catch  where variant == nil && settings.isEmpty {
            throw Failure(
                .usage,
                "the selection that '\(branch.name)' was generated from is none of the series any more:\n\(error)\nsay what it is now with --variant and --set"
            )
        } catch {
            throw Failure(error)
        }
    }
}

extension Origin {
    /// What `--set` would have to say for the same selection.
    func settings(of series: Series) throws(SeriesError) -> [Setting] {
        let numbers = [Setting](pinned)
        if let settings { return settings + numbers }
        // An old note: what differs from the variant was set, or the variant was another one then.
        let plain = try Selection(variant: variant, settings: [], of: series)
        let changed = options.filter {
            plain.options[$0.key] != $0.value && plain.notApplicable[$0.key] == nil
        }
        return [Setting](changed) + numbers
    }
}

extension RebaseState {
    fileprivate func selection(of series: Series) throws(Failure) -> Selection {
        do {
            return try Selection(variant: variant, settings: settings, onUpstream: onUpstream, of: series)
        } catch {
            throw Failure(error)
        }
    }
}
