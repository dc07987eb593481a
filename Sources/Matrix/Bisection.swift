// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What one step of a search says.
package enum BisectAnswer: String, Sendable, Encodable {
    case good, bad
    /// It can't be had, or nobody could judge it: a rule forbids it, the tree refuses it, there was no machine.
    case unknown
}

/// Delta debugging: the fewest of some changes that still make it fail (Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", 2002; ddmin).
package enum DeltaDebugging {
    /// - Parameters:
    ///   - all: changes that together fail.
    ///   - test: what some of them, in their order, do. It is asked once for each set of them by the caller's memory.
    /// - Returns: some that fail, none of which can be left out alone.
    package static func minimal<Change: Sendable>(
        _ all: [Change],
        test: ([Change]) async throws -> BisectAnswer
    ) async throws -> [Change] {
        var current = Array(all.indices)
        var parts = 2
        func fails(_ indices: [Int]) async throws -> Bool { try await test(indices.map { all[$0] }) == .bad }
        while current.count > 1 {
            let pieces = Self.split(current, into: parts)
            var next: ([Int], Int)?
            for piece in pieces where try await fails(piece) {
                next = (piece, 2)
                break
            }
            // With two parts, what is left of one is the other.
            if next == nil, parts > 2 {
                for piece in pieces {
                    let rest = current.filter { !piece.contains($0) }
                    if try await fails(rest) {
                        next = (rest, max(parts - 1, 2))
                        break
                    }
                }
            }
            if let (indices, count) = next {
                (current, parts) = (indices, count)
            } else {
                guard parts < current.count else { break }
                parts = min(current.count, parts * 2)
            }
        }
        return current.map { all[$0] }
    }

    private static func split(_ indices: [Int], into parts: Int) -> [[Int]] {
        (0..<parts).map { part in
            Array(indices[(indices.count * part / parts)..<(indices.count * (part + 1) / parts)])
        }.filter { !$0.isEmpty }
    }
}

/// A search for the first bad one of a row of bases, oldest first.
package enum BaseBisection {
    package struct Outcome: Sendable, Equatable {
        /// The last good one before it; nil: the first of all is bad.
        package let lastGood: Int?
        /// The first bad one, and those before it of which nothing is known: one of them began it.
        package let candidates: [Int]
    }

    /// - Parameters:
    ///   - count: how many there are. The last one is bad; it is asked all the same.
    /// - Returns: nil if the last one isn't bad.
    package static func search(_ count: Int, test: (Int) async throws -> BisectAnswer) async throws
        -> Outcome?
    {
        guard count > 0, try await test(count - 1) == .bad else { return nil }
        var good = -1
        var bad = count - 1
        var unknown: Set<Int> = []
        // Nothing is known of the first one: it is asked before the halves are believed in.
        if count > 1 {
            switch try await test(0) {
            case .bad: return Outcome(lastGood: nil, candidates: [0])
            case .good: good = 0
            case .unknown: unknown.insert(0)
            }
        }
        while true {
            let open = ((good + 1)..<bad).filter { !unknown.contains($0) }
            let middle = (good + bad) / 2
            guard let next = open.min(by: { (abs($0 - middle), $0) < (abs($1 - middle), $1) }) else { break }
            switch try await test(next) {
            case .good: good = next
            case .bad: bad = next
            case .unknown: unknown.insert(next)
            }
        }
        return Outcome(lastGood: good < 0 ? nil : good, candidates: Array((good + 1)...bad))
    }
}
