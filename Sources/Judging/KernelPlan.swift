// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Kernel
import SystemPackage

/// What is to be built, but for the source.
package struct KernelPlan: Sendable {
    package let profile: Profile
    package let fragments: [ConfigFragment]
    /// How many compilers run at once; nil for the number of processors.
    package let jobs: Int?

    /// Reads a profile and its fragments.
    ///
    /// - Parameter folder: kernel-config.
    /// - Throws: `ProfilesError`, `ConfigError`, `FileError`, `Failure` for a profile that isn't there.
    package init(profile name: String, in folder: FilePath, jobs: Int?) throws {
        let yaml = String(decoding: try Files.read(folder.appending("profiles.yml")), as: UTF8.self)
        let profiles = try Profiles(yaml: yaml)
        guard let chosen = profiles[name] else {
            let known = profiles.all.map(\.name).joined(separator: ", ")
            throw Failure(.user, "no profile '\(name)'; there are: \(known)")
        }
        let names = chosen.fragments.map { ($0, false) } + chosen.optionalFragments.map { ($0, true) }
        profile = chosen
        fragments = try names.map { name, isOptional in
            let file = "\(name).config"
            return try ConfigFragment(
                name: file,
                isOptional: isOptional,
                try Files.read(folder.appending(file))
            )
        }
        self.jobs = jobs
    }
}
