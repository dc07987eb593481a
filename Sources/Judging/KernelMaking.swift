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

/// What is to be made of a tree.
package struct BuildGoal {
    /// Of kbuild.
    package let target: String
    /// What must be there afterwards, below the build folder.
    package let result: String
    /// What tells the build folder from others of the profile: an unfinished kernel is no place to make a whole one.
    package let suffix: String

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

    /// Builds the tree of a generation, after the base if that was never built: what is a new warning can't be told
    /// otherwise. The caller holds the lock.
    ///
    /// Throws `Failure` with `.verdict` if the kernel doesn't compile, `.infrastructure` if it is the machine's fault.
    package func build(
        _ generation: GeneratedSeries,
        on base: borrowing BaseCommit,
        goal: BuildGoal = .kernel
    )
        async throws -> BuiltKernel
    {
        let source = try state.source(tree: tree)
        let output = try state.build(tree: tree, profile: plan.profile.name + goal.suffix)
        let kernel = try KernelBuild(source: source, output: output, jobs: plan.jobs)
        var phases: [(String, Duration)] = []
        var memory = WarningMemory.read(kernel)
        let ground = generation.baseTree.description

        if memory.baseline(ground) == nil {
            observer.note(
                "building \(base.displayName) without the patch first: its warnings are the baseline"
            )
            let result = try await make(
                generation.baseTree,
                base,
                kernel,
                goal,
                "build base",
                &phases,
                &memory
            )
            try requireSuccess(result)
            memory.setBaseline(ground)
            try memory.write(kernel)
        }
        let result = try await make(generation.tree, base, kernel, goal, "build", &phases, &memory)
        let baseline = memory.baseline(ground) ?? []
        guard case .success(let image) = result.outcome else {
            try requireSuccess(result)
            throw Failure(.infrastructure, "the build left no image; see \(result.log)")
        }
        return BuiltKernel(
            image: image,
            output: output,
            result: result,
            newWarnings: memory.warnings.newWarnings(comparedTo: baseline),
            baselineCount: baseline.count,
            phases: phases
        )
    }

    /// Puts a tree into the work folder, configures and makes it.
    private func make(
        _ tree: ObjectID,
        _ base: borrowing BaseCommit,
        _ kernel: KernelBuild,
        _ goal: BuildGoal,
        _ title: String,
        _ phases: inout [(String, Duration)],
        _ memory: inout WarningMemory
    ) async throws -> BuildResult {
        let clock = ContinuousClock()
        let start = clock.now
        try checkOut(tree, base, into: kernel.source)
        let checkedOut = clock.now
        let configuration = try await kernel.configure(plan.fragments)
        for redefinition in configuration.redefinitions { observer.note("note: \(redefinition)") }
        let configured = clock.now
        try memory.begin(kernel)
        let result = try await kernel.build(target: goal.target, image: goal.result) { step in
            observer.progress(
                title,
                "\(step.done)\(step.total.map { " of about \($0)" } ?? "") \(step.action) \(step.target)"
            )
        }
        observer.end(title)
        memory.add(try kernel.lastRecord())
        try memory.write(kernel)
        phases += [
            ("\(title): files", checkedOut - start), ("\(title): configuration", configured - checkedOut),
            ("\(title): make", result.duration),
        ]
        return result
    }

    private func checkOut(_ tree: ObjectID, _ base: borrowing BaseCommit, into folder: FilePath) throws {
        defer { observer.end("files") }
        try Files.makeFolder(folder)
        try base.repository.materialize(
            tree: tree,
            into: folder.string,
            stateFile: folder.string + ".state",
            reference: base.tree
        ) { done, total in
            observer.progress("files", "\(done) of \(total)")
        }
        try Task.checkCancellation()
    }

    /// Says who failed, with the first error first.
    private func requireSuccess(_ result: BuildResult) throws {
        guard case .failure(let fault, let summary) = result.outcome else { return }
        let details = result.errors.prefix(3).map { ([$0.description] + $0.context).joined(separator: "\n") }
        let log = "the whole log: \(result.log)"
        switch fault {
        case .kernel:
            throw Failure(
                .verdict,
                (["the kernel does not build: \(summary)"] + details + [log]).joined(separator: "\n")
            )
        case .infrastructure(let fault):
            throw Failure(.infrastructure, "\(fault)\n\(log)")
        }
    }
}
