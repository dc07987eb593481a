// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import SystemPackage
import TestReport

/// A kernel's build folder in which one file after another is changed and put back.
struct MutantKernel {
    /// What the compiler made of a mutant.
    enum Compiled {
        case refused(String)
        case same
        /// Another object than the patch's; the name is equal for equal code.
        case code(String)
    }

    let maker: KernelMaker
    private let kernel: KernelBuild
    private let goal: BuildGoal
    /// What the patch's own objects hold.
    private var code: [String: [UInt8]] = [:]

    /// - Parameter built: the kernel with the patch as it is, just built by `maker`.
    init(_ maker: KernelMaker, after built: BuiltKernel) throws {
        self.maker = maker
        kernel = try KernelBuild(
            source: maker.state.source(tree: maker.tree),
            output: built.output,
            jobs: maker.plan.jobs
        )
        // What isn't booted need not be compressed.
        let direct = Architecture.x86.directImagePath
        goal =
            built.bootImage == built.image
            ? .kernel : BuildGoal(target: direct, result: direct, suffix: "")
    }

    /// The object that is made of a file; nil if this kernel has none.
    func object(of path: String) -> String? { kernel.objectName(of: path) }

    /// Notes what the patch's own object holds. Nothing was mutated yet.
    mutating func note(_ object: String) async throws {
        if code[object] == nil { code[object] = try await kernel.code(of: object) }
    }

    /// Compiles an object of a mutated tree.
    ///
    /// - Throws: `Failure` where make failed for another reason than an error in the code.
    func compile(_ object: String, of tree: ObjectID, on base: borrowing BaseCommit) async throws -> Compiled
    {
        var work = KernelMaker.Work(kernel: kernel, goal: goal, memory: WarningMemory.read(kernel))
        do {
            _ = try await maker.make(tree, base, "compile", &work, objects: [object])
        } catch let error as Failure {
            let line = error.description.lines.first.map(String.init) ?? ""
            // Not for want of memory, or of make.
            guard error.fault == .verdict, line.contains(" error: ") else { throw error }
            return .refused(line.replacing("the kernel does not build: ", with: ""))
        }
        let mutated = try await kernel.code(of: object)
        return mutated == code[object] ? .same : .code(try ObjectID.ofBlob(mutated).description)
    }

    /// Makes what is booted.
    func link(_ tree: ObjectID, on base: borrowing BaseCommit) async throws {
        var work = KernelMaker.Work(kernel: kernel, goal: goal, memory: WarningMemory.read(kernel))
        _ = try await maker.make(tree, base, "link", &work)
    }
}
