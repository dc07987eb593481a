// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries

/// One commit to be made.
struct RebaseStep {
    /// The branch's commit, as an index; nil for a patch that is new.
    let commit: Int?
    /// How much of the branch is behind it, this commit included.
    let count: Int
    /// The patches that come in with it; none for a commit that a person made.
    let folders: [String]
}

extension RebaseSides {
    /// What becomes of each of the branch's commits, in their order, and where new patches come in.
    func steps(_ matched: [[Int]]) -> [RebaseStep] {
        let known = Set(old.folders)
        var steps = matched.enumerated().map { index, patches in
            RebaseStep(commit: index, count: index + 1, folders: patches.map { old.folders[$0] })
        }
        for (place, folder) in new.folders.enumerated() where !known.contains(folder) {
            // Before the first one that comes later in the series, else behind the last one that is of the series.
            let later = Set(new.folders[(place + 1)...])
            let index =
                steps.firstIndex { !later.isDisjoint(with: $0.folders) }
                ?? (steps.lastIndex { !$0.folders.isEmpty } ?? -1) + 1
            let count = index == 0 ? 0 : steps[index - 1].count
            steps.insert(RebaseStep(commit: nil, count: count, folders: [folder]), at: index)
        }
        return steps
    }
}

extension Repository {
    /// Finds the generated patches in the branch.
    func match(_ sides: RebaseSides) throws -> [[Int]] {
        let branch = sides.branch
        let notes = try branch.commits.map { commit throws(GitError) in
            try note(on: commit.id, reference: Origin.reference)
                .flatMap(Origin.init(note:))?.patch
        }
        func lines(_ stages: FileStages, _ index: Int) throws(GitError) -> ChangedLines {
            var lines = ChangedLines()
            for path in sides.paths {
                let versions = [stages.files[index][path], stages.files[index + 1][path]]
                guard versions[0] != versions[1], versions.allSatisfy({ $0?.isFile ?? true }) else {
                    continue
                }
                let texts = try versions.map { version throws(GitError) in
                    try version.map { version throws(GitError) in
                        try bytes(of: version.id, path: path)
                    } ?? []
                }
                try lines.add(from: texts[0], to: texts[1])
            }
            return lines
        }
        return try CommitMatcher(
            branch,
            notes: notes,
            linesOfPatch: { index throws(GitError) in try lines(sides.old.stages, index) },
            linesOfCommit: { index throws(GitError) in try lines(sides.edited, index) }
        ).patches
    }
}
