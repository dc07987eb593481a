// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel

/// A search for the commit that made it fail, by git's own choice of the next one (git-rev-list(1), --bisect-all); nothing
/// is checked out and no reference moves.
package struct CommitBisection: Sendable {
    package let repository: String
    private let git: @Sendable ([String]) async throws -> String

    package init(repository: String) {
        self.repository = repository
        git = { arguments in
            try await Tool("git").run(["-C", repository] + arguments).required().outputText
        }
    }

    package struct Outcome: Sendable, Equatable {
        /// One commit; several if nothing could be found out about some of them.
        package let candidates: [String]
    }

    /// - Parameters:
    ///   - good: a commit that is good; an ancestor of `bad`.
    ///   - test: what a commit does.
    package func search(good: String, bad: String, test: (String) async throws -> BisectAnswer) async throws
        -> Outcome
    {
        let first = try await commit(good)
        var worst = try await commit(bad)
        var goods = [first]
        var unknown: Set<String> = []
        while true {
            try Task.checkCancellation()
            let lines = try await git(["rev-list", "--bisect-all", worst, "--not"] + goods).lines
            let open = lines.compactMap { $0.split(separator: " ").first.map(String.init) }
            guard !open.isEmpty else {
                throw MatrixError.input(
                    "\(bad) has no commit that \(good) doesn't have: there is nothing to search"
                )
            }
            guard let next = open.first(where: { $0 != worst && !unknown.contains($0) }) else {
                return Outcome(candidates: open)
            }
            switch try await test(next) {
            case .good: goods.append(next)
            case .bad: worst = next
            case .unknown: unknown.insert(next)
            }
        }
    }

    private func commit(_ revision: String) async throws -> String {
        let text = try await git([
            "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}",
        ])
        return String(text.trimmed)
    }
}
