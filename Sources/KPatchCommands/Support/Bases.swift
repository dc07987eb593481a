// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc
import Kernel
import PatchSeries

extension OpenTree {
    /// The commit that a revision names; for a tree at hand also as `--tree` names it, such as 6.1.
    func commit(_ revision: String) throws(Failure) -> Commit {
        do {
            return try repository.commit(try repository.commitID(of: revision))
        } catch {
            do {
                guard error.kind == .revisionNotFound, tag != nil,
                    let known = TreeArguments.newest(revision, of: try repository.tagNames())
                else { throw error }
                return try repository.commit(try repository.commitID(of: "refs/tags/\(known)"))
            } catch {
                throw Failure(error)
            }
        }
    }

    /// Revisions with each pattern (`v5.12-rc*`) replaced by the tags that it matches, in the order of the versions,
    /// candidates before their release; each once.
    func revisions(_ names: [String]) throws(Failure) -> [String] {
        var result: [String] = []
        for name in names {
            let found = name.contains(where: "*?[".contains) ? try tags(matching: name) : [name]
            result += found.filter { !result.contains($0) }
        }
        return result
    }

    private func tags(matching pattern: String) throws(Failure) -> [String] {
        let names: [String]
        do { names = try repository.tagNames() } catch { throw Failure(error) }
        let found = names.filter { fnmatch(pattern, $0, 0) == 0 }
        guard !found.isEmpty else {
            let hint =
                names.isEmpty
                ? "there are no tags at all; fetch them with: git fetch --tags"
                : "there are: \(Self.inOrder(names).suffix(8).joined(separator: ", "))"
            throw Failure(.tree, "no tag matches '\(pattern)' in '\(repository.gitDirectory)'\n\(hint)")
        }
        return Self.inOrder(found)
    }

    /// Tags that are no versions stand behind those that are.
    private static func inOrder(_ tags: [String]) -> [String] {
        let versions = tags.compactMap { tag in (try? KernelVersion(tag)).map { (tag: tag, version: $0) } }
        let known = Set(versions.map(\.tag))
        return versions.sorted { $0.version < $1.version }.map(\.tag)
            + tags.filter { !known.contains($0) }.sorted()
    }

    /// Where the sites of a series go in a tree; nothing is written.
    func trial(_ series: Series, _ selections: [Selection], at tree: ObjectID) throws -> SeriesTrial {
        var paths: [String] = []
        for path in selections.flatMap(series.basePaths) where !paths.contains(path) { paths.append(path) }
        let known = blobs.read(paths, of: tree, in: repository)
        return try series.trial(of: selections, known: known) { path in
            try read(path, of: tree)
        }
    }
}
