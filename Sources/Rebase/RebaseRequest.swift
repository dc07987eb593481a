// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries
import SystemPackage

/// What the user wants of a rebase.
package struct RebaseRequest {
    /// Nil for the only one.
    package let branch: String?
    /// A revision; nil for the base of the branch.
    package let onto: String?
    /// Name or path of the series; nil for the name that the branch was generated from.
    package let series: String?
    /// Nil for the selection that the branch was generated from.
    package let variant: String?
    package let settings: [Setting]
    package let onUpstream: Series.OnUpstream?
    /// The command line so far, for advice: `kpatch-gen rebase --tree linux`.
    package let command: String
    /// Reads a series by name or path.
    package let load: (String) throws -> LoadedSeries

    package init(
        branch: String?,
        onto: String?,
        series: String?,
        variant: String?,
        settings: [Setting],
        onUpstream: Series.OnUpstream?,
        command: String,
        load: @escaping (String) throws -> LoadedSeries
    ) {
        self.branch = branch
        self.onto = onto
        self.series = series
        self.variant = variant
        self.settings = settings
        self.onUpstream = onUpstream
        self.command = command
        self.load = load
    }

    /// Throws away a rebase that waits.
    ///
    /// - Returns: the branch.
    package func abort(in repository: borrowing Repository) throws -> String {
        let name = try waiting(repository)
        let lock = try repository.lock(name)
        defer { lock.release() }
        try RebaseState.remove(RebaseState.folder(repository, name))
        return name
    }

    /// Says what would become of each commit.
    ///
    /// - Parameter base: where the branch is to go; its repository keeps new objects in memory.
    package func dryRun(_ start: RebaseStart, on base: borrowing BaseCommit) throws -> RebaseReport {
        let branch = try base.repository.generatedBranch(start.branch)
        let (loaded, selection) = try selection(of: branch)
        return try base.plan(branch, loaded, selection, start, [:], by: base.repository.people())
            .report(.dryRun, tree: base.displayName)
    }

    /// Does it, or goes on with it.
    ///
    /// - Parameter base: where the branch is to go.
    package func run(_ start: RebaseStart, on base: borrowing BaseCommit, continuing: Bool) throws
        -> RebaseReport
    {
        let lock = try base.repository.lock(start.branch)
        defer { lock.release() }
        let folder = try RebaseState.folder(base.repository, start.branch)
        var state = try RebaseState(in: folder)
        let branch = try base.repository.generatedBranch(start.branch)
        // A run was killed between moving the branch and this: it is done, and what follows says so.
        let isDone = state?.newTip == branch.tip
        if isDone {
            try RebaseState.remove(folder)
            state = nil
        }
        try base.repository.requireMovable(branch.name)
        let loaded: LoadedSeries
        let selection: Selection
        var resolutions: Resolutions = [:]
        if continuing, !isDone {
            guard let waiting = state else { throw nothingWaits(start.branch) }
            loaded = try loadSeries(of: branch, waiting.series)
            try base.repository.requireUnchanged(
                waiting,
                branch,
                loaded,
                again: "\(command) --abort \(start.branch)"
            )
            selection = try waiting.selection(of: loaded.series)
            resolutions = try waiting.resolutions(in: folder)
        } else {
            if let waiting = state { throw mustContinue(waiting, folder) }
            (loaded, selection) = try self.selection(of: branch)
        }
        let people = try base.repository.people()
        let plan = try base.plan(branch, loaded, selection, start, resolutions, by: people)
        guard plan.run.conflicts.isEmpty else {
            return try stop(plan, state, in: folder, tree: base.displayName)
        }
        let outcome = try base.repository.publish(plan, folder, state)
        return plan.report(outcome, tree: base.displayName)
    }

    /// Puts the conflicts where a person can settle them.
    private func stop(_ plan: RebasePlan, _ state: RebaseState?, in folder: FilePath, tree: String) throws
        -> RebaseReport
    {
        var next = RebaseState(
            plan.sides.branch,
            onto: plan.start.onto,
            name: plan.start.name,
            series: series ?? state?.series,
            plan.selection,
            templates: plan.loaded.digest.description
        )
        next.files = state?.files ?? []
        next.stop = state?.stop ?? 0
        guard !Task.isCancelled else {
            throw Failure(.interruption, "interrupted; the branch is as it was")
        }
        try next.stop(at: plan.run.conflicts, in: folder)
        return plan.report(
            .conflict,
            tree: tree,
            resolving: ResolveSteps(
                folder: folder.appending("\(next.stop)"),
                commands: ["--continue", "--abort"].map { "\(command) \($0) \(plan.start.branch)" }
            )
        )
    }

    private func mustContinue(_ waiting: RebaseState, _ folder: FilePath) -> Failure {
        Failure(
            .tree,
            "a rebase of '\(waiting.branch)' onto \(waiting.ontoName) waits for its conflicts to be resolved, in \(folder)\ngo on with: \(command) --continue \(waiting.branch)\nor throw it away with: \(command) --abort \(waiting.branch)"
        )
    }

    private func nothingWaits(_ branch: String) -> Failure {
        Failure(
            .user,
            "no rebase of '\(branch)' is under way\nbegin one with: \(command) --onto REVISION \(branch)"
        )
    }
}

/// Which branch goes where.
package struct RebaseStart: Sendable {
    package let branch: String
    package let onto: ObjectID
    /// What the user calls that.
    package let name: String
}

extension RebaseRequest {
    /// Finds out which branch goes where.
    package func start(in repository: borrowing Repository, continuing: Bool) throws -> RebaseStart {
        if continuing {
            let branch = try waiting(repository)
            guard let state = try RebaseState(in: RebaseState.folder(repository, branch)) else {
                throw nothingWaits(branch)
            }
            return RebaseStart(branch: branch, onto: state.onto, name: state.ontoName)
        }
        let known = try repository.generatedBranches()
        guard let name = branch ?? (known.count == 1 ? known[0] : nil) else {
            throw Failure(
                .user,
                known.isEmpty
                    ? "no branch here was made by kpatch-gen apply"
                    : "which branch? there are \(known.count) generated ones: \(known.joined(separator: ", "))"
            )
        }
        guard try repository.branchTarget(name) != nil else { throw try repository.noBranch(name) }
        if let onto {
            return RebaseStart(branch: name, onto: try repository.commit(named: onto).id, name: onto)
        }
        let base = try repository.generatedBranch(name).base.id
        return RebaseStart(branch: name, onto: base, name: base.abbreviated)
    }

    /// The branch whose rebase waits for a person.
    private func waiting(_ repository: borrowing Repository) throws -> String {
        if let branch {
            guard try RebaseState(in: RebaseState.folder(repository, branch)) != nil else {
                throw nothingWaits(branch)
            }
            return branch
        }
        let all = try RebaseState.branches(repository)
        guard all.count == 1 else {
            throw Failure(
                .user,
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
    private func loadSeries(of branch: GeneratedBranch, _ known: String?) throws -> LoadedSeries {
        let name = branch.origin.series
        let loaded = try load(series ?? known ?? name)
        guard loaded.series.name == name else {
            throw Failure(
                .user,
                "'\(branch.name)' was generated from series \(name), not from \(loaded.series.name)\nsay with --series where \(name) is"
            )
        }
        return loaded
    }

    /// What the branch is to be generated from now.
    private func selection(of branch: GeneratedBranch) throws -> (LoadedSeries, Selection) {
        let loaded = try loadSeries(of: branch, nil)
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
        do {
            let kept = try branch.origin.settings(of: loaded.series).filter { !names.contains($0.name) }
            let selection = try Selection(
                variant: branch.origin.variant,
                settings: kept + settings,
                onUpstream: onUpstream ?? branch.origin.onUpstream,
                of: loaded.series
            )
            return (loaded, selection)
        } catch {
            guard settings.isEmpty else { throw error }
            throw Failure(
                .user,
                "the selection that '\(branch.name)' was generated from is none of the series any more:\n\(error)\nsay what it is now with --variant and --set"
            )
        }
    }
}

extension RebaseState {
    fileprivate func selection(of series: Series) throws(SeriesError) -> Selection {
        try Selection(variant: variant, settings: settings, onUpstream: onUpstream, of: series)
    }
}
