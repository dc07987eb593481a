// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git

/// A branch that `apply` made: its commits as generated, and as they are now.
package struct GeneratedBranch {
    /// A commit as it was generated.
    package struct Patch {
        package let commit: Commit
        package let origin: Origin
    }

    package let name: String
    /// Where the branch is.
    package let tip: ObjectID
    /// The last commit as generated.
    package let generatedTip: ObjectID
    /// Whether a reference keeps that, and not only notes on the branch's commits.
    package let isRecorded: Bool
    package let base: Commit
    /// Oldest first; at least one.
    package let patches: [Patch]
    /// What the branch holds now, oldest first.
    package let commits: [Commit]

    /// Of the whole series.
    package let origin: Origin
}

extension Repository {
    /// Below it a reference for each generated branch, at the last of its commits as generated: they outlive
    /// `git commit --amend`, and are what hand edits are told by.
    package static var recordPrefix: String { "refs/kpatch-gen/" }

    /// The branches that `apply` made and that are still there.
    package func generatedBranches() throws(GitError) -> [String] {
        let branches = Set(try branchNames())
        return try names(below: Self.recordPrefix).filter(branches.contains)
    }

    /// A generated branch with all that is known of it.
    package func generatedBranch(_ name: String) throws -> GeneratedBranch {
        guard let tip = try branchTarget(name) else { throw try noBranch(name) }
        let record = try target(of: Self.recordPrefix + name)
        let patches =
            if let record { try patches(upTo: record) } else { try patches(below: tip) }
        let places = patches.map(\.origin.place)
        let all = (1...max(1, patches.count)).map { Origin.Place(number: $0, count: patches.count) }
        guard places == all, let first = patches.first, let last = patches.last else {
            throw try unproved(name, record)
        }
        guard let base = first.commit.parents.first else {
            throw Failure(.tree, "the first commit as generated on '\(name)' has no parent")
        }
        return GeneratedBranch(
            name: name,
            tip: tip,
            generatedTip: last.commit.id,
            isRecorded: record != nil,
            base: try commit(base),
            patches: patches,
            commits: try commits(of: name, from: base, to: tip),
            origin: last.origin
        )
    }

    /// What to say of a branch of which nothing can be trusted to say how it was generated.
    private func unproved(_ name: String, _ record: ObjectID?) throws(GitError) -> Failure {
        let reference = Self.recordPrefix + name
        var lines = [
            "nothing says what branch '\(name)' was generated from, so hand edits could not be told: "
        ]
        lines[0] +=
            record == nil
            ? "there is no \(reference), and the notes on its commits are not of all patches, or of other commits"
            : "the notes (\(Origin.reference)) on the commits up to \(reference) are missing, or of other commits"
        let branches = Set(try branchNames())
        if record == nil {
            let orphans = try names(below: Self.recordPrefix).filter { !branches.contains($0) }
            lines += orphans.map {
                "if it was renamed from '\($0)': git update-ref \(reference) \(Self.recordPrefix)\($0)"
            }
        }
        lines.append(
            "if it is from another repository: git fetch REMOTE '+\(reference):\(reference)' '+\(Origin.reference):\(Origin.reference)'"
        )
        lines.append(
            "else generate on the same base what it was made of, as another branch: kpatch-gen apply --branch OTHER; then: git update-ref \(reference) OTHER"
        )
        return Failure(.tree, lines.joined(separator: "\n"))
    }

    /// What to say of a name that no branch has.
    package func noBranch(_ name: String) throws(GitError) -> Failure {
        let known = try generatedBranches()
        let hint =
            known.isEmpty
            ? "no branch here was made by kpatch-gen apply" : "generated: \(known.joined(separator: ", "))"
        return Failure(.user, "there is no branch '\(name)'\n\(hint)")
    }

    /// The generated commits that end with this one.
    private func patches(upTo tip: ObjectID) throws(GitError) -> [GeneratedBranch.Patch] {
        var patches: [GeneratedBranch.Patch] = []
        var id = tip
        while id != patches.last?.origin.base,
            let origin = try note(on: id, reference: Origin.reference).flatMap(Origin.init(note:)),
            // The base may be another generated branch.
            patches.allSatisfy({ $0.origin.series == origin.series && $0.origin.patch != origin.patch })
        {
            let commit = try commit(id)
            guard try origin.proves(commit) else { break }
            patches.append(GeneratedBranch.Patch(commit: commit, origin: origin))
            guard commit.parents.count == 1 else { break }
            id = commit.parents[0]
        }
        return patches.reversed()
    }

    /// The same for a branch without a record, such as one that was fetched. A person may have commits on top.
    private func patches(below tip: ObjectID) throws(GitError) -> [GeneratedBranch.Patch] {
        var id = tip
        // No series is longer than this.
        for _ in 0..<100 {
            let patches = try patches(upTo: id)
            if !patches.isEmpty { return patches }
            // A note that is of another commit was copied to this one, which is then no person's own.
            guard try note(on: id, reference: Origin.reference) == nil,
                let parent = try commit(id).parents.first
            else { return [] }
            id = parent
        }
        return []
    }

    private func commits(of name: String, from base: ObjectID, to tip: ObjectID) throws -> [Commit] {
        var commits: [Commit] = []
        var id = tip
        while id != base {
            let commit = try commit(id)
            guard commit.parents.count < 2 else {
                throw Failure(
                    .tree,
                    "branch '\(name)' has the merge \(id.abbreviated) \(commit.subject): a series is a line of patches\ntake the merge out, as `git rebase -i \(base.abbreviated)` does"
                )
            }
            commits.append(commit)
            guard let parent = commit.parents.first, commits.count < 1000 else {
                throw Failure(
                    .tree,
                    "branch '\(name)' is not based on \(base.abbreviated) any more, on which it was generated\ngenerate it anew with `kpatch-gen apply --branch NAME`, and cherry-pick what you made by hand"
                )
            }
            id = parent
        }
        return commits.reversed()
    }
}

extension Commit {
    /// The message's first line.
    package var subject: String { String(message.prefix { $0 != "\n" }) }
}
