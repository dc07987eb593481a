// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc
import Kernel

extension Repository {
    /// The commit that a revision names; where git knows no such name, the newest release of it: `6.1` is `v6.1.192`.
    package func commit(named revision: String) throws(GitError) -> Commit {
        do {
            return try commit(try commitID(of: revision))
        } catch {
            guard error.kind == .revisionNotFound,
                let release = Self.newest(revision, of: try tagNames())
            else { throw error }
            return try commit(try commitID(of: "refs/tags/\(release)"))
        }
    }

    /// The newest tag that a name names: `5.10` is `v5.10.262`.
    package static func newest(_ name: String, of tags: [String]) -> String? {
        let wanted = name.hasPrefix("v") ? String(name.dropFirst()) : name
        let versions = versions(tags)
        if let exact = versions.first(where: { $0.version.number == wanted }) { return exact.tag }
        return versions.filter { $0.version.series == wanted }.max { $0.version < $1.version }?.tag
    }

    /// Tags by their version, oldest first; those that are none stand behind them.
    package static func inOrder(_ tags: [String]) -> [String] {
        let versions = versions(tags)
        let known = Set(versions.map(\.tag))
        return versions.sorted { $0.version < $1.version }.map(\.tag)
            + tags.filter { !known.contains($0) }.sorted()
    }

    private static func versions(_ tags: [String]) -> [(tag: String, version: KernelVersion)] {
        tags.compactMap { tag in (try? KernelVersion(tag)).map { (tag: tag, version: $0) } }
    }

    /// Whether a name may stand for several revisions: a pattern of tags, or a range.
    package static func isPlural(_ name: String) -> Bool { isRange(name) || isPattern(name) }

    private static func isRange(_ name: String) -> Bool { name.contains("..") }

    private static func isPattern(_ name: String) -> Bool { name.contains(where: "*?[".contains) }

    /// Revisions with each pattern (`v5.12-rc*`) replaced by the tags that it matches, each range (`v5.12..v5.13`) by the
    /// releases and candidates that the latter has and the former hasn't, in the order of the versions, candidates before
    /// their release; each once.
    ///
    /// - Throws: `Failure` for a pattern that no tag matches, and for a range without a tag.
    package func revisions(_ names: [String]) throws -> [String] {
        var result: [String] = []
        for name in names {
            let found =
                if Self.isRange(name) {
                    try tags(inRange: name)
                } else {
                    Self.isPattern(name) ? try tags(matching: name) : [name]
                }
            result += found.filter { !result.contains($0) }
        }
        return result
    }

    private func tags(inRange range: String) throws -> [String] {
        let ends = range.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 2, !ends[0].isEmpty, !ends[1].isEmpty, !ends[1].hasPrefix(".") else {
            throw Failure(.user, "'\(range.onOneLine)' is no range; write it like v6.12..v6.13")
        }
        let commits = try ends.map { try commit(named: $0).id.description }
        let found = Self.versions(try tags(of: commits[1], without: commits[0]))
            .sorted { $0.version < $1.version }.map(\.tag)
        guard !found.isEmpty else {
            throw Failure(
                .tree,
                "no release or candidate is in '\(range)' of '\(gitDirectory)'; name commits one by one, or search between two with bisect --good and --bad"
            )
        }
        return found
    }

    private func tags(matching pattern: String) throws -> [String] {
        let names = try tagNames()
        let found = names.filter { fnmatch(pattern, $0, 0) == 0 }
        guard !found.isEmpty else {
            let hint =
                names.isEmpty
                ? "there are no tags at all; fetch them with: git fetch --tags"
                : "there are: \(Self.inOrder(names).suffix(8).joined(separator: ", "))"
            throw Failure(.tree, "no tag matches '\(pattern)' in '\(gitDirectory)'\n\(hint)")
        }
        return Self.inOrder(found)
    }
}
