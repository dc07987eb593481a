// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import SystemPackage

/// A kernel that was built from a generation, or why it could not be.
package struct BuiltKernel: Sendable {
    package let image: FilePath
    package let output: FilePath
    package let result: BuildResult
    /// Warnings that the base tree doesn't have.
    package let newWarnings: [CompilerDiagnostic]
    package let baselineCount: Int
    package let phases: [(name: String, duration: Duration)]
}

extension BuiltKernel {
    /// What a virtual machine starts quickest: the uncompressed kernel, if it has an entry for that.
    package var bootImage: FilePath {
        // Without a configuration there is no such kernel either.
        let config = (try? Files.read(output.appending(".config"))).map { DotConfig($0) }
        let architecture = Architecture.x86
        return config?[architecture.directEntrySymbol] == "y"
            && config?[architecture.directEntryObstacle] != "y"
            ? output.appending(architecture.directImagePath) : image
    }
}

/// What is to be made of a tree.
package struct BuildGoal {
    /// Of kbuild.
    package let target: String
    /// What must be there afterwards, below the build folder.
    package let result: String
    /// What tells the build folder from others of the profile: an unfinished kernel is no place to make a whole one.
    package let suffix: String

    /// Whether it is a whole kernel.
    var isWhole: Bool { suffix.isEmpty }

    package static let kernel = BuildGoal(
        target: Architecture.x86.imageTarget,
        result: Architecture.x86.imagePath,
        suffix: ""
    )
    /// The objects of virt/kvm are made by arch/x86/kvm's Makefile.
    package static let kvmObjects = BuildGoal(
        target: Architecture.x86.kvmFolder,
        result: Architecture.x86.kvmObject,
        suffix: "-objects"
    )
}

/// Builds generated series in a tree's work folder.
package struct KernelMaker: Sendable {
    package let state: StateFolder
    /// The tree's name in the state folder.
    package let tree: String
    package let plan: KernelPlan
    package let observer: any WorkObserver
    /// What its user does after the kernel, by the titles under which the times of that are kept.
    package var following: [String] = []

    package init(state: StateFolder, tree: String, plan: KernelPlan, observer: any WorkObserver) {
        self.state = state
        self.tree = tree
        self.plan = plan
        self.observer = observer
    }

    /// Runs `body` while nobody else works on the tree's folders.
    package func withLock<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await state.withLock(.tree(tree), body)
    }

    /// Builds the tree of a generation, and of the base what it takes to tell which warnings are new. Nothing is made if
    /// that very kernel is there. The caller holds the lock.
    ///
    /// Throws `Failure` with `.verdict` if the kernel doesn't compile, `.infrastructure` if it is the machine's fault.
    package func build(
        _ generation: GeneratedSeries,
        on base: borrowing BaseCommit,
        goal: BuildGoal = .kernel
    ) async throws -> BuiltKernel {
        try await build(generation.tree, over: generation.baseTree, on: base, goal: goal)
    }

    /// The same for any tree that patches have made of another.
    package func build(
        _ tree: ObjectID,
        over ground: ObjectID,
        on base: borrowing BaseCommit,
        goal: BuildGoal = .kernel
    ) async throws -> BuiltKernel {
        let source = try state.source(tree: self.tree)
        let output = try state.build(tree: self.tree, profile: plan.folder + goal.suffix)
        let kernel = try KernelBuild(source: source, output: output, jobs: plan.jobs)
        var work = Work(kernel: kernel, goal: goal, memory: WarningMemory.read(kernel))
        let result = try await make(tree, base, "build", &work)
        let changes = try base.repository.diff(from: ground, to: tree)
        var suspects = WarningSuspects(work.memory.warnings, of: changes, in: kernel)
        if !isJudged(suspects, ground, work.memory) {
            try await judge(suspects, ground, base, &work)
            // What was just compiled of the base lies where the patch's belongs.
            _ = try await make(tree, base, "build again", &work)
            suspects = WarningSuspects(work.memory.warnings, of: changes, in: kernel)
        }
        let baseline = work.memory.baseline(ground.description)
        let new = suspects.warnings.newWarnings(comparedTo: baseline)
        return BuiltKernel(
            image: output.appending(goal.result),
            output: output,
            result: result,
            newWarnings: new,
            baselineCount: work.memory.warnings.count - new.count,
            phases: work.phases
        )
    }

    /// What the base's Kconfig makes of the profile, symbol by symbol, in a build folder of its own. The caller holds the
    /// lock.
    package func explainConfiguration(of base: borrowing BaseCommit) async throws -> [ConfigExplanation] {
        let source = try state.source(tree: tree)
        let output = try state.build(tree: tree, profile: plan.folder + "-config")
        let kernel = try KernelBuild(source: source, output: output, jobs: plan.jobs)
        try checkOut(base.tree, base, into: source)
        return try await kernel.explain(plan.fragments, from: plan.start)
    }

    /// What one call of `build` works with.
    struct Work {
        let kernel: KernelBuild
        let goal: BuildGoal
        var memory: WarningMemory
        var phases: [(String, Duration)] = []
    }

    private func isJudged(_ suspects: WarningSuspects, _ tree: ObjectID, _ memory: WarningMemory) -> Bool {
        let ground = tree.description
        return memory.isJudged(ground)
            || !suspects.needsWholeBase && suspects.objects.allSatisfy { memory.isJudged(ground, $0) }
    }

    /// Finds out what the base warns of where the patch may have to do with a warning.
    private func judge(
        _ suspects: WarningSuspects,
        _ tree: ObjectID,
        _ base: borrowing BaseCommit,
        _ work: inout Work
    ) async throws {
        let ground = tree.description
        if suspects.needsWholeBase {
            observer.note(
                "building \(base.displayName) without the patch: the linker warns, and the patch changes what it links"
            )
            _ = try await make(tree, base, "build base", &work)
            work.memory.setBaseline(ground)
        } else {
            let objects = suspects.objects.filter { !work.memory.isJudged(ground, $0) }.sorted()
            observer.note(
                "compiling \(counted(objects.count, "object")) of \(base.displayName) without the "
                    + "patch: they warn, and whose warnings these are is not known"
            )
            let record = try await make(tree, base, "judge", &work, objects: objects)
            work.memory.addToBaseline(ground, objects, record)
        }
        try work.memory.write(work.kernel)
    }

    /// Puts a tree into the work folder, configures and makes it, unless that was the last thing done.
    func make(
        _ tree: ObjectID,
        _ base: borrowing BaseCommit,
        _ title: String,
        _ work: inout Work
    ) async throws -> BuildResult {
        let clock = ContinuousClock()
        let start = clock.now
        let (kernel, goal) = (work.kernel, work.goal)
        try discardFuture(&work)
        try checkOut(tree, base, into: kernel.source)
        let checkedOut = clock.now
        if let stamp = kernel.stamp(plan.fragments, image: goal.result),
            work.memory.finished == .init(tree: tree.description, stamp: stamp, image: goal.result)
        {
            for redefinition in MergedFragments(plan.fragments).redefinitions {
                observer.note("note: \(redefinition)")
            }
            work.phases += [("\(title): nothing has changed", clock.now - start)]
            return BuildResult(upToDate: kernel.output.appending(goal.result), log: kernel.log)
        }
        try await configure(kernel)
        let configured = clock.now
        let isAnew = kernel.isConfiguredAnew(since: goal.result)
        try work.memory.begin(kernel)
        let total = try await ahead(kernel, goal, title, isAnew: isAnew)
        var times = WorkTimes(state, cell: cell)
        let expected = times.ofMake(objects: total)
        announce(title, total, expected, times)
        let foreseen = clock.now
        let compiled = Locked((count: 0, at: foreseen))
        let result = try await kernel.build(
            target: goal.target,
            image: goal.result,
            total: total,
            continuesLog: isAnew && goal.isWhole
        ) { step in
            compiled.withLock { if step.done > $0.count { $0 = (step.done, clock.now) } }
            show(title, step, expected)
        }
        observer.end(title)
        if result.isSuccess {
            let (count, last) = compiled.value
            times.keepMake(objects: count, compiling: last - foreseen, linking: clock.now - last)
        }
        work.memory.add(try kernel.lastRecord())
        if result.isSuccess, let stamp = kernel.stamp(plan.fragments, image: goal.result) {
            work.memory.finished = .init(tree: tree.description, stamp: stamp, image: goal.result)
        }
        try work.memory.write(kernel)
        work.phases += [
            ("\(title): files", checkedOut - start), ("\(title): configuration", configured - checkedOut),
            ("\(title): looking ahead", foreseen - configured),
            ("\(title): make", result.duration),
        ]
        try requireSuccess(result)
        return result
    }

    /// The same for some objects only.
    func make(
        _ tree: ObjectID,
        _ base: borrowing BaseCommit,
        _ title: String,
        _ work: inout Work,
        objects: [String]
    ) async throws -> BuildRecord {
        let clock = ContinuousClock()
        let start = clock.now
        let kernel = work.kernel
        try discardFuture(&work)
        try checkOut(tree, base, into: kernel.source)
        try await configure(kernel)
        try work.memory.begin(kernel)
        let result = try await kernel.buildObjects(objects) { show(title, $0, nil) }
        observer.end(title)
        let record = try kernel.lastRecord()
        work.memory.add(record)
        try work.memory.write(kernel)
        work.phases += [("\(title): objects of the base", clock.now - start)]
        try requireSuccess(result)
        return record
    }

    /// Removes what make would never make again: the clock was set back since it was made.
    private func discardFuture(_ work: inout Work) throws {
        guard let ahead = work.kernel.ahead else { return }
        observer.note(
            "\(work.kernel.output) was made \(ahead.inShortSeconds) from now: the clock was set back; building anew"
        )
        try Files.remove(work.kernel.output)
        work.memory = WarningMemory.read(work.kernel)
    }

    /// What the times of earlier runs are kept under.
    package var cell: String { "\(tree) \(plan.folder)" }

    /// How many objects make will compile; nil if that can't be said.
    private func ahead(_ kernel: KernelBuild, _ goal: BuildGoal, _ title: String, isAnew: Bool) async throws
        -> Int?
    {
        guard isAnew, goal.isWhole else {
            return SourceChanges(of: kernel.source)
                .objects(in: kernel, since: kernel.output.appending(goal.result))
        }
        let preparing = "\(title): preparing"
        observer.progress(preparing, "what make needs to say how much there is to do")
        defer { observer.end(preparing) }
        return try await kernel.objectsOfNewConfiguration { show(preparing, $0, nil) }
    }

    private func announce(_ title: String, _ total: Int?, _ expected: Duration?, _ times: WorkTimes) {
        let objects = total.map { counted($0, "object") } ?? "some objects"
        var words = ["\(title): \(objects)"]
        var sum = expected
        for next in following {
            let time = times.expected(next)
            words.append(next)
            // Without one of them the sum would be none.
            sum = sum.flatMap { sum in time.map { sum + $0 } }
        }
        let time =
            sum.map { "about \($0.onClock) here, by earlier runs" }
            ?? expected.map { "about \($0.onClock) here for the objects, by earlier runs" }
            ?? "how long that takes here isn't known yet"
        observer.announce("\(words.joined(separator: ", then ")): \(time)")
    }

    private func configure(_ kernel: KernelBuild) async throws {
        observer.progress("configuration", plan.folder)
        defer { observer.end("configuration") }
        let configuration = try await kernel.configure(plan.fragments, from: plan.start)
        for redefinition in configuration.redefinitions { observer.note("note: \(redefinition)") }
    }

    private func show(_ title: String, _ step: BuildProgress, _ expected: Duration?) {
        observer.progress(
            title,
            WorkProgress(
                done: step.done,
                total: step.total,
                detail: "\(step.action) \(step.target)",
                expected: expected
            )
        )
    }

    private func checkOut(_ tree: ObjectID, _ base: borrowing BaseCommit, into folder: FilePath) throws {
        defer { observer.end("files") }
        try Files.makeFolder(folder)
        let summary = try base.repository.materialize(
            tree: tree,
            into: folder.string,
            stateFile: folder.string + ".state",
            reference: base.tree
        ) { done, total in
            observer.progress("files", WorkProgress(done: done, total: total))
        }
        var changes = SourceChanges(of: folder)
        try changes.add(summary.paths)
        try Task.checkCancellation()
    }

    /// Says who failed, with the first error first.
    private func requireSuccess(_ result: BuildResult) throws {
        try result.requireMachine()
        guard case .failure(_, let summary) = result.outcome else { return }
        let details = result.errors.prefix(3).map { ([$0.description] + $0.context).joined(separator: "\n") }
        let log = "the whole log: \(result.log)"
        throw Failure(
            .verdict,
            (["the kernel does not build: \(summary)"] + details + [log]).joined(separator: "\n")
        )
    }
}

extension BuildResult {
    /// Throws if it failed for what is the machine's, such as a full disk: nothing is known of what was to be built then.
    func requireMachine() throws {
        guard case .failure(.infrastructure(let fault), _) = outcome else { return }
        throw Failure(.infrastructure, "\(fault)\nthe whole log: \(log)")
    }
}
