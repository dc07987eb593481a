// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git

/// What carrying commits did to a branch.
package enum CarryOutcome: String {
    case created, replaced
    /// It held the same already.
    case unchanged
    /// No branch was asked for.
    case shown
    case conflict
}

extension Repository {
    /// Moves a branch to the carried commits: the last step, and the only one that shows.
    ///
    /// - Parameters:
    ///   - current: where the branch was when this began; nil if there was none.
    ///   - force: whether it may hold something else.
    package func publish(_ run: CarryRun, branch: String, current: ObjectID?, force: Bool) throws
        -> CarryOutcome
    {
        guard let tip = run.tip else { return .conflict }
        if let current {
            if try isSame(current, tip) { return .unchanged }
            guard force else {
                throw Failure(
                    .tree,
                    "branch '\(branch)' exists already, at \(current), and holds something else\nchoose another with --branch, or throw it away with --force"
                )
            }
        }
        guard !Task.isCancelled else { throw Failure(.interruption, "interrupted; nothing was changed") }
        let record = try target(of: Repository.recordPrefix + branch)
        let result = try publish(
            Publication(
                branch: branch,
                from: current,
                to: tip,
                recordPrefix: Repository.recordPrefix,
                recordFrom: record,
                // It is none that was generated, if it was one before.
                recordTo: nil,
                notes: [],
                notesReference: Origin.reference,
                reflog: "kpatch-gen carry: \(run.commits.count) commits"
            ),
            by: try defaultSignature(.committer)
        )
        guard result == .done else {
            throw Failure(
                .tree,
                "somebody else moved branch '\(branch)' while this ran; nothing was changed\nlook at `git log \(branch)` and run the command again"
            )
        }
        return current == nil ? .created : .replaced
    }

    /// Whether two lines of commits are the same but for who made them, and when.
    private func isSame(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> Bool {
        var (left, right) = (one, other)
        while left != right {
            let (a, b) = (try commit(left), try commit(right))
            guard a.tree == b.tree, a.message == b.message, a.author == b.author,
                let before = a.parents.first, let parent = b.parents.first
            else { return false }
            (left, right) = (before, parent)
        }
        return true
    }
}
