// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Kernel
import SystemPackage

/// What is to be built, but for the source.
package struct KernelPlan: Sendable {
    package let profile: Profile
    package let fragments: [ConfigFragment]
    /// The configuration that the fragments are merged onto; nil: tinyconfig.
    package let start: ConfigFragment?
    /// How many compilers run at once; nil for the number of processors.
    package let jobs: Int?

    init(profile: Profile, fragments: [ConfigFragment], start: ConfigFragment? = nil, jobs: Int?) {
        self.profile = profile
        self.fragments = fragments
        self.start = start
        self.jobs = jobs
    }

    /// What tells its build folder from others of the tree.
    package var folder: String {
        start.map { "\(profile.name)-\($0.digest.prefix(8))" } ?? profile.name
    }

    /// Reads a profile and its fragments.
    ///
    /// - Parameters:
    ///   - folder: kernel-config.
    ///   - start: a file with a whole configuration that takes tinyconfig's place.
    /// - Throws: `ConfigTableError`, `ConfigError`, `FileError`, `Failure` for a profile that isn't there.
    package init(profile name: String, in folder: FilePath, start: FilePath? = nil, jobs: Int?) throws {
        let profiles = try Profiles(folder: folder)
        guard let chosen = profiles[name] else {
            let known = profiles.all.map(\.name).joined(separator: ", ")
            throw Failure(.user, "no profile '\(name)'; there are: \(known)")
        }
        profile = chosen
        fragments = try chosen.fragments(in: folder)
        self.start = try start.map { path in
            try ConfigFragment(name: path.string, Files.read(path, limit: 4 << 20))
        }
        self.jobs = jobs
    }
}
