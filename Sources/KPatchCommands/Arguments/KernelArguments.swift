// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Generation
import Judging
import Kernel
import SystemPackage

/// How the kernel is built.
struct KernelArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The kernel's configuration: a profile of kernel-config/profiles.yml. (default: debug for what runs tests, else fast)",
            valueName: "name"
        ),
        completion: .profiles
    )
    var profile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A whole configuration to start from, such as a distribution's, instead of tinyconfig: the profile is merged onto it. Goes with the profile distribution.",
            valueName: "file"
        ),
        completion: .file()
    )
    var config: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How many compilers run at once. (default: the number of processors)",
            valueName: "n"
        )
    )
    var jobs: Int?

    @Flag(
        name: .long,
        help: "For 'git bisect run': exit statuses 3 and 4 become 125, which skips the commit."
    )
    var bisect = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs is at least 1") }
    }

    /// The profile with the bytes of its fragments.
    ///
    /// - Parameter preset: the profile if the user named none.
    func maker(of tree: borrowing OpenTree, _ project: ProjectFiles, preset: String = "fast") throws
        -> KernelMaker
    {
        try maker(of: tree, project, profile: profile ?? (config == nil ? preset : "distribution"))
    }

    /// The same for a profile that this names.
    func maker(of tree: borrowing OpenTree, _ project: ProjectFiles, profile: String) throws -> KernelMaker {
        let plan = try KernelPlan(
            profile: profile,
            in: project.kernelConfig,
            start: config.map { FilePath($0) },
            jobs: jobs
        )
        return KernelMaker(
            state: tree.state,
            tree: tree.name,
            plan: plan,
            observer: TerminalObserver(cell: "\(tree.name) \(plan.profile.name)")
        )
    }
}
