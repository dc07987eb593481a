// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Yams

/// A kernel configuration by name: fragments, and the machine that its kernel wants (kernel-config/profiles.yml).
public struct Profile: Sendable, Hashable {
    public let name: String
    public let summary: String
    /// Fragment names in the order in which they are merged.
    public let fragments: [String]
    /// Fragments whose symbols are asked for only where the tree has them; merged behind the others.
    public let optionalFragments: [String]
    /// Memory of the virtual machine, in MiB.
    public let memoryMiB: Int
}

/// The profiles that there are.
public struct Profiles: Sendable, Hashable {
    public let all: [Profile]

    public init(yaml: String) throws(ConfigTableError) {
        let table = try ConfigTable(yaml, file: "profiles.yml")
        guard let rows = table.root.mapping else {
            throw table.failure(table.root, "a table of profiles is expected")
        }
        var all: [Profile] = []
        for (key, row) in rows {
            guard let name = key.string, let summary = row["summary"]?.string,
                row["fragments"]?.sequence != nil, let memory = row["memory-mib"]?.int
            else {
                throw table.failure(
                    key,
                    "a profile needs 'summary', 'fragments' (a list) and 'memory-mib' (a number)"
                )
            }
            let optional = "fragments-where-known"
            try table.check(row, has: ["summary", "fragments", optional, "memory-mib"])
            let fragments = try table.texts(row, "fragments", of: "a list of names")
            guard !fragments.isEmpty else { throw table.failure(key, "'fragments' names no fragment") }
            all.append(
                Profile(
                    name: name,
                    summary: summary,
                    fragments: fragments,
                    optionalFragments: row[optional] == nil
                        ? [] : try table.texts(row, optional, of: "a list of names"),
                    memoryMiB: memory
                )
            )
        }
        self.all = all
    }

    /// Reads profiles.yml of a kernel-config folder.
    public init(folder: FilePath) throws {
        try self.init(
            yaml: String(
                decoding: Files.read(folder.appending("profiles.yml"), limit: 16 << 20),
                as: UTF8.self
            )
        )
    }

    /// The profile of that name; nil if there is none.
    public subscript(name: String) -> Profile? { all.first { $0.name == name } }
}

extension Profile {
    /// Its fragments, read from a kernel-config folder, in the order in which they are merged.
    ///
    /// - Throws: `FileError`, `ConfigError`.
    public func fragments(in folder: FilePath) throws -> [ConfigFragment] {
        let names = fragments.map { ($0, false) } + optionalFragments.map { ($0, true) }
        return try names.map { name, isOptional in
            let file = "\(name).config"
            return try ConfigFragment(
                name: file,
                isOptional: isOptional,
                Files.read(folder.appending(file), limit: 1 << 20)
            )
        }
    }
}
