// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Kernel
import SystemPackage

/// How the kernel is built.
struct KernelArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The kernel's configuration: a profile of kernel-config/profiles.yml. (default: debug for what runs tests, else fast)",
            valueName: "name"
        )
    )
    var profile: String?

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
    func load(_ project: ProjectFiles, preset: String = "fast") throws(Failure) -> KernelPlan {
        do {
            let yaml = String(
                decoding: try Folder.read(project.kernelConfig.appending("profiles.yml")),
                as: UTF8.self
            )
            let profiles = try Profiles(yaml: yaml)
            let name = profile ?? preset
            guard let chosen = profiles[name] else {
                throw Failure(
                    .usage,
                    "no profile '\(name)'; there are: \(profiles.all.map(\.name).joined(separator: ", "))"
                )
            }
            let names = chosen.fragments.map { ($0, false) } + chosen.optionalFragments.map { ($0, true) }
            let fragments = try names.map { name, isOptional in
                try ConfigFragment(
                    name: "\(name).config",
                    isOptional: isOptional,
                    try Folder.read(project.kernelConfig.appending("\(name).config"))
                )
            }
            return KernelPlan(profile: chosen, fragments: fragments, jobs: jobs)
        } catch let error as ProfilesError {
            throw Failure(.usage, "\(error)")
        } catch let error as ConfigError {
            throw Failure(.usage, "\(error)")
        } catch {
            throw Failure(error)
        }
    }
}

/// What is to be built, but for the source.
struct KernelPlan {
    let profile: Profile
    let fragments: [ConfigFragment]
    let jobs: Int?
}
