// SPDX-License-Identifier: GPL-2.0-only

import Git
import Kernel
import SystemPackage

/// A kernel that was built from a generation, or why it could not be.
struct BuiltKernel: Sendable {
    let image: FilePath
    let output: FilePath
    let result: BuildResult
    /// Warnings that the base tree doesn't have.
    let newWarnings: [CompilerDiagnostic]
    let baselineCount: Int
    let phases: [(name: String, duration: Duration)]
}

/// What is to be made of a tree.
struct BuildGoal {
    /// Of kbuild.
    let target: String
    /// What must be there afterwards, below the build folder.
    let result: String
    /// What tells the build folder from others of the profile: an unfinished kernel is no place to make a whole one.
    let suffix: String

    static let kernel = BuildGoal(target: "bzImage", result: "arch/x86/boot/bzImage", suffix: "")
    /// The objects of virt/kvm are made by arch/x86/kvm's Makefile.
    static let kvmObjects = BuildGoal(
        target: "arch/x86/kvm/",
        result: "arch/x86/kvm/svm/svm.o",
        suffix: "-objects"
    )
}

extension OpenTree {
    /// Builds the tree of a generation in the tree's work folder, after the base if that was never built: what is a
    /// new warning can't be told otherwise. The caller holds the tree's lock.
    ///
    /// Throws `.negative` if the kernel doesn't compile, `.infrastructure` if it is the machine's fault.
    func build(_ generation: Generation, _ plan: KernelPlan, goal: BuildGoal = .kernel)
        async throws(Failure) -> BuiltKernel
    {
        do {
            let source = try state.source(tree: name)
            let output = try state.build(tree: name, profile: plan.profile.name + goal.suffix)
            let kernel = try KernelBuild(source: source, output: output, jobs: plan.jobs)
            var phases: [(String, Duration)] = []
            var memory = WarningMemory.read(kernel)
            let base = generation.baseTree.description

            if memory.baseline(base) == nil {
                Terminal.note(
                    "building \(displayName) without the patch first: its warnings are the baseline"
                )
                let result = try await make(
                    generation.baseTree,
                    kernel,
                    plan,
                    goal,
                    "build base",
                    &phases,
                    &memory
                )
                try requireSuccess(result)
                memory.setBaseline(base)
                try memory.write(kernel)
            }
            let result = try await make(generation.tree, kernel, plan, goal, "build", &phases, &memory)
            let baseline = memory.baseline(base) ?? []
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
        } catch {
            throw Failure(error)
        }
    }

    /// Puts a tree into the work folder, configures and makes it.
    private func make(
        _ tree: ObjectID,
        _ kernel: KernelBuild,
        _ plan: KernelPlan,
        _ goal: BuildGoal,
        _ title: String,
        _ phases: inout [(String, Duration)],
        _ memory: inout WarningMemory
    ) async throws -> BuildResult {
        let clock = ContinuousClock()
        let start = clock.now
        try checkOut(tree, into: kernel.source)
        let checkedOut = clock.now
        let configuration = try await kernel.configure(plan.fragments)
        for redefinition in configuration.redefinitions { Terminal.note("note: \(redefinition)") }
        let configured = clock.now
        let progress = Progress(title)
        try memory.begin(kernel)
        let result = try await kernel.build(target: goal.target, image: goal.result) { step in
            progress.update(
                "\(step.done)\(step.total.map { " of about \($0)" } ?? "") \(step.action) \(step.target)"
            )
        }
        progress.finish()
        memory.add(try kernel.lastRecord())
        try memory.write(kernel)
        phases += [
            ("\(title): files", checkedOut - start), ("\(title): configuration", configured - checkedOut),
            ("\(title): make", result.duration),
        ]
        return result
    }

    private func checkOut(_ tree: ObjectID, into folder: FilePath) throws {
        let progress = Progress("files")
        defer { progress.finish() }
        try Folder.make(folder)
        try repository.materialize(
            tree: tree,
            into: folder.string,
            stateFile: folder.string + ".state",
            reference: baseTree
        ) { done, total in
            progress.update("\(done) of \(total)")
        }
        try Task.checkCancellation()
    }

    /// Says who failed, with the first error first.
    private func requireSuccess(_ result: BuildResult) throws(Failure) {
        guard case .failure(let fault, let summary) = result.outcome else { return }
        let details = result.errors.prefix(3).map { ([$0.description] + $0.context).joined(separator: "\n") }
        let log = "the whole log: \(result.log)"
        switch fault {
        case .kernel:
            throw Failure(
                .negative,
                (["the kernel does not build: \(summary)"] + details + [log]).joined(separator: "\n")
            )
        case .infrastructure(let fault):
            throw Failure(.infrastructure, "\(fault)\n\(log)")
        }
    }
}
