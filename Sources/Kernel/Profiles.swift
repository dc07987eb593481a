// SPDX-License-Identifier: GPL-2.0-only

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

/// What is wrong with profiles.yml.
public struct ProfilesError: Error, Hashable, CustomStringConvertible {
    /// From 1; 0 if the file as a whole is meant.
    public let line: Int
    public let reason: String

    public var description: String { "kernel-config/profiles.yml:\(line): \(reason)" }
}

/// The profiles that there are.
public struct Profiles: Sendable, Hashable {
    public let all: [Profile]

    public init(yaml: String) throws(ProfilesError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ProfilesError(line: 0, reason: "\(error)")
        }
        guard let table = root?.mapping else {
            throw ProfilesError(line: 0, reason: "a table of profiles is expected")
        }
        var all: [Profile] = []
        for (key, row) in table {
            let line = key.mark?.line ?? 0
            guard let name = key.string, let summary = row["summary"]?.string,
                let list = row["fragments"]?.sequence,
                let memory = row["memory-mib"]?.int
            else {
                throw ProfilesError(
                    line: line,
                    reason: "a profile needs 'summary', 'fragments' (a list) and 'memory-mib' (a number)"
                )
            }
            func names(_ key: String, _ list: Node.Sequence?) throws(ProfilesError) -> [String] {
                let names = list?.compactMap(\.string)
                guard let list, let names, names.count == list.count else {
                    throw ProfilesError(line: line, reason: "'\(key)' must be a list of names")
                }
                return names
            }
            let fragments = try names("fragments", list)
            guard !fragments.isEmpty else {
                throw ProfilesError(line: line, reason: "'fragments' names no fragment")
            }
            let optional = "fragments-where-known"
            let optionalFragments = try row[optional].map { node throws(ProfilesError) in
                try names(optional, node.sequence)
            }
            all.append(
                Profile(
                    name: name,
                    summary: summary,
                    fragments: fragments,
                    optionalFragments: optionalFragments ?? [],
                    memoryMiB: memory
                )
            )
        }
        self.all = all
    }

    /// The profile of that name; nil if there is none.
    public subscript(name: String) -> Profile? { all.first { $0.name == name } }
}
