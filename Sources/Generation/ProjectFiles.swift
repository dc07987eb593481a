// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import PatchSeries
import SystemPackage

/// Where Templates/ and kernel-config/ are, and what is in them.
package struct ProjectFiles {
    /// The folder that holds Templates/ and kernel-config/.
    package let root: FilePath

    package init(root: FilePath) {
        self.root = root
    }

    /// `$KPATCH_SHARE`, else the first folder above the executable that has
    /// Templates/ (a checkout), else share/kpatch-gen next to its bin/ (an installation).
    package static func locate() throws -> ProjectFiles {
        if let share = getenv("KPATCH_SHARE") {
            let root = FilePath(String(cString: share))
            guard Files.exists(root.appending("Templates")) else {
                throw Failure(.user, "KPATCH_SHARE is \(root), where there is no Templates folder")
            }
            return ProjectFiles(root: root)
        }
        var folder = FilePath(executable).removingLastComponent()
        while true {
            for root in [folder, folder.appending("share/kpatch-gen")]
            where Files.exists(root.appending("Templates")) {
                return ProjectFiles(root: root)
            }
            guard folder.removeLastComponent() else { break }
        }
        throw Failure(
            .user,
            "no Templates folder above \(executable)\nset KPATCH_SHARE to the folder that holds Templates and kernel-config"
        )
    }

    private static var executable: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { return "." }
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var seriesNames: [String] {
        get throws {
            try Files.names(in: root.appending("Templates"))
                .filter { Files.exists(root.appending("Templates").appending($0).appending("series.yml")) }
        }
    }

    /// The folder of a series: the patches, and the tests that are rendered with the same options.
    package func series(_ name: String) throws -> FilePath {
        let folder = seriesFolder(name)
        guard Files.exists(folder.appending("series.yml")) else {
            if Self.isPath(name) {
                throw Failure(
                    .user,
                    "'\(name)' is not a series: there is no \(folder.appending("series.yml"))"
                )
            }
            throw Failure(
                .user,
                """
                no series '\(name)' in \(root.appending("Templates"))
                there are: \(try seriesNames.joined(separator: ", ")); one elsewhere is named by its path, ./\(name)
                """
            )
        }
        return folder
    }

    /// A folder in Templates by its name, one elsewhere by a path with a slash in it.
    private func seriesFolder(_ name: String) -> FilePath {
        Self.isPath(name) ? FilePath(name).lexicallyNormalized() : root.appending("Templates").appending(name)
    }

    private static func isPath(_ name: String) -> Bool {
        name.contains("/") || name == "." || name == ".."
    }

    /// How messages name a series' folder: short, and a path that an editor opens from where the user is.
    package func displayRoot(_ name: String) -> String {
        let folder = seriesFolder(name)
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else { return folder.string }
        let here = FilePath(
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        )
        var relative = folder
        return relative.removePrefix(here) ? relative.string : folder.string
    }

    package func guestFiles() throws -> [String: [UInt8]] {
        try FolderWalk(root.appending("Templates/guest"), .series).contents()
    }

    package var kernelConfig: FilePath { root.appending("kernel-config") }
}
