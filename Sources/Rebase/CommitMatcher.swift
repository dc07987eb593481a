// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git

/// Finds in a branch's commits the generated ones, whatever a person made of them.
///
/// What tells a commit, in this order: that it is the generated one; its note, which `git commit --amend` carries along
/// where notes.rewriteRef says so; its subject; what lines it adds and takes away.
struct CommitMatcher {
    /// For each commit of the branch, the patches it holds, as indices; several if they were squashed. The first is the
    /// one that the message is of.
    private(set) var patches: [[Int]]

    /// - Parameter lines: what a patch (by index) and a commit (by index) change; asked for only where needed.
    init(
        _ branch: GeneratedBranch,
        notes: [String?],
        linesOfPatch: (Int) throws(GitError) -> ChangedLines,
        linesOfCommit: (Int) throws(GitError) -> ChangedLines
    ) throws(GitError) {
        patches = Array(repeating: [], count: branch.commits.count)
        var open = Array(branch.patches.indices)
        func take(_ patch: Int, _ commit: Int) {
            patches[commit].append(patch)
            open.removeAll { $0 == patch }
        }
        for patch in open {
            let id = branch.patches[patch].commit.id
            if let commit = branch.commits.firstIndex(where: { $0.id == id }) { take(patch, commit) }
        }
        for patch in open {
            let folder = branch.patches[patch].origin.patch
            let found = notes.indices.filter { notes[$0] == folder && patches[$0].isEmpty }
            if found.count == 1 { take(patch, found[0]) }
        }
        for patch in open {
            let subject = branch.patches[patch].commit.subject
            let found = branch.commits.indices.filter {
                patches[$0].isEmpty && branch.commits[$0].subject == subject
            }
            if found.count == 1 { take(patch, found[0]) }
        }
        guard !open.isEmpty else { return }
        // Those with most in common first; a commit that has a patch already may hold another one, too.
        var scores: [(score: Double, patch: Int, commit: Int)] = []
        for patch in open {
            let wanted = try linesOfPatch(patch)
            for commit in branch.commits.indices
            where branch.commits[commit].id != branch.patches[patch].commit.id {
                if let first = patches[commit].first,
                    branch.commits[commit].id == branch.patches[first].commit.id
                {
                    continue
                }
                let score = wanted.share(in: try linesOfCommit(commit))
                if score > 0.5 { scores.append((score, patch, commit)) }
            }
        }
        for row in scores.sorted(by: { ($1.score, $0.patch, $0.commit) < ($0.score, $1.patch, $1.commit) })
        where open.contains(row.patch) {
            take(row.patch, row.commit)
        }
    }
}

/// The lines that a commit adds and takes away, without those that say nothing.
struct ChangedLines {
    private var counts: [[UInt8]: Int] = [:]
    private var total = 0

    /// Counts what differs between two versions of a file.
    mutating func add(from old: [UInt8], to new: [UInt8]) throws(GitError) {
        let lines = (old.lines, new.lines)
        for change in try lineChanges(from: old, to: new) {
            for line in lines.0[change.old] { count(line, UInt8(ascii: "-")) }
            for line in lines.1[change.new] { count(line, UInt8(ascii: "+")) }
        }
    }

    /// How much of these lines, from 0 to 1, the others have.
    func share(in others: ChangedLines) -> Double {
        guard total > 0 else { return 0 }
        let common = counts.map { min($0.value, others.counts[$0.key] ?? 0) }.reduce(0, +)
        return Double(common) / Double(total)
    }

    private mutating func count(_ line: ArraySlice<UInt8>, _ sign: UInt8) {
        // Blank lines and lone braces are everywhere.
        guard line.count(where: { $0 > 0x20 }) > 2 else { return }
        counts[[sign] + line, default: 0] += 1
        total += 1
    }
}
