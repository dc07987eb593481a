// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

extension Repository {
    /// The commit that a revision (gitrevisions(7)) names; an annotated tag is followed to its commit.
    ///
    /// - Throws: `revisionNotFound` (names similar branches and tags), `ambiguousRevision`, `objectMissing`.
    public func commitID(of revision: String) throws(GitError) -> ObjectID {
        var pointer: OpaquePointer?
        var code = git_revparse_single(&pointer, self.pointer, revision)
        guard code == 0, let pointer else {
            throw try revisionError(LibraryFailure(code: code), revision)
        }
        let object = ObjectHandle(pointer: pointer)
        var peeled: OpaquePointer?
        code = git_object_peel(&peeled, object.pointer, GIT_OBJECT_COMMIT)
        guard code == 0, let peeled else {
            let failure = LibraryFailure(code: code)
            if failure.isOf(GIT_ENOTFOUND) {
                throw try objectError(failure, "follow '\(revision)' to its commit")
            }
            throw GitError(
                .revisionNotFound,
                "'\(revision)' does not name a commit but a \(String(cString: git_object_type2string(git_object_type(object.pointer))))",
                advice: "name a commit, branch or tag"
            )
        }
        let commit = ObjectHandle(pointer: peeled)
        guard let id = git_object_id(commit.pointer) else {
            throw GitError(.other, "'\(revision)' has no object name", advice: "check it with: git rev-parse")
        }
        return ObjectID(id.pointee)
    }

    private func revisionError(_ failure: LibraryFailure, _ revision: String) throws(GitError) -> GitError {
        if failure.isOf(GIT_EAMBIGUOUS) {
            return GitError(
                .ambiguousRevision,
                "'\(revision)' is the beginning of several object names in '\(gitDirectory)'",
                advice: "give more digits; list them with: git rev-parse --disambiguate=\(revision)"
            )
        }
        if failure.isOf(GIT_EINVALIDSPEC) || failure.isOf(GIT_ERROR_INVALID) {
            return GitError(
                .revisionNotFound,
                "'\(revision)' is not a way to name a revision: \(failure.message)",
                advice: "name a branch, a tag or a commit (gitrevisions(7))"
            )
        }
        guard failure.isOf(GIT_ENOTFOUND) || failure.isOf(GIT_EUNBORNBRANCH) else {
            return try objectError(failure, "find '\(revision)'")
        }
        // libgit2 says the same of a name that leads to an object that it can't read, as in a pack that was cut off.
        for folder in ["", "refs/tags/", "refs/heads/", "refs/remotes/"] {
            guard let id = try? target(of: folder + revision) else { continue }
            return try objectError(failure, "read \(id), which '\(revision)' names")
        }
        let similar = SimilarNames.of(revision, among: try branchNames() + tagNames())
        let advice =
            if !similar.isEmpty {
                "did you mean \(similar.joined(separator: ", "))?"
            } else if isShallow {
                "the clone is shallow: fetch more history with `git fetch --unshallow`, or fetch the tag or branch"
            } else {
                "list what there is with `git branch -a` and `git tag`, or fetch it"
            }
        return GitError(.revisionNotFound, "there is no '\(revision)' in '\(gitDirectory)'", advice: advice)
    }

    /// Says why an object may be missing, as far as the repository shows it.
    func objectError(_ failure: LibraryFailure, _ doing: String) throws(GitError) -> GitError {
        guard failure.isOf(GIT_ENOTFOUND) else { return failure.error(while: doing) }
        let advice =
            if isShallow {
                "the clone is shallow: fetch what is missing with `git fetch --unshallow`"
            } else if try isPartial {
                """
                the clone is partial and only git itself can ask its server for the object: run `git archive REVISION \
                >/dev/null` for the revision in use, or clone without --filter
                """
            } else if let alternate = try missingAlternate() {
                "the repository borrows objects from '\(alternate)', which is gone: put it back, or correct \(commonDirectory)objects/info/alternates"
            } else {
                "the repository is damaged: see what is missing with `git fsck` and fetch or clone again"
            }
        return GitError(.objectMissing, "could not \(doing): \(failure.message)", advice: advice)
    }

    /// A folder that objects are borrowed from (`git clone --shared`, `--reference`) and that isn't there.
    private func missingAlternate() throws(GitError) -> String? {
        let objects = commonDirectory + "objects/"
        guard let bytes = try readFile(objects + "info/alternates") else { return nil }
        let paths = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        for path in paths.map({ $0.hasPrefix("/") ? String($0) : objects + $0 })
        where try FileStatus(of: path) == nil {
            return path
        }
        return nil
    }
}

/// Names that somebody who typed a wrong one may have meant.
enum SimilarNames {
    /// The closest few: names that contain the wanted one or differ in few letters, the nearest first.
    static func of(_ wanted: String, among names: [String]) -> [String] {
        let limit = max(1, wanted.utf8.count / 4)
        let ranked = names.compactMap { name -> (distance: Int, name: String)? in
            let distance = editDistance(Array(wanted.utf8), Array(name.utf8), limit: limit)
            if let distance { return (distance, name) }
            return name.hasSuffix(wanted) || name.hasPrefix(wanted) ? (limit + 1, name) : nil
        }
        return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map {
            "'\($0.name)'"
        }
    }

    /// Levenshtein's distance, or nil if it is above the limit.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let cost = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(cost, row[j] + 1, diagonal + 1)
            }
        }
        guard let distance = row.last, distance <= limit else { return nil }
        return distance
    }
}
