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

    init(profile: Profile, fragments: [ConfigFragment], jobs: Int?) {
        self.profile = profile
        self.fragments = fragments
        self.jobs = jobs
    }

    /// Reads a profile and its fragments.
    ///
    /// - Parameter folder: kernel-config.
    /// - Throws: `ConfigTableError`, `ConfigError`, `FileError`, `Failure` for a profile that isn't there.
    package init(profile name: String, in folder: FilePath, jobs: Int?) throws {
        let profiles = try Profiles(folder: folder)
        guard let chosen = profiles[name] else {
            let known = profiles.all.map(\.name).joined(separator: ", ")
            throw Failure(.user, "no profile '\(name)'; there are: \(known)")
        }
        profile = chosen
        fragments = try chosen.fragments(in: folder)
        self.jobs = jobs
    }
}
