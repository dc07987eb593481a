// SPDX-License-Identifier: GPL-2.0-only

/// What the tests of a run say about one review point.
struct PointSummary: Sendable, Equatable {
    /// e.g. `L3`, `R14b`.
    var point: String
    /// The tests that name the point, `program.subtest`, in the order in which they ran.
    var tests: [Test]

    struct Test: Sendable, Equatable, Codable {
        var name: String
        var verdict: Verdict
    }

    /// The worst of its tests: a point that is only judged in part is not exercised.
    var verdict: Verdict { Verdict.combined(.pass, tests.map(\.verdict)) }
}

extension RunReport {
    /// One entry per review point that a test names; R before L, by number.
    var points: [PointSummary] {
        var tests: [String: [PointSummary.Test]] = [:]
        func add(_ result: TestResult, _ name: String) {
            for point in result.points {
                tests[point, default: []].append(.init(name: name, verdict: result.verdict))
            }
            for child in result.children { add(child, "\(name).\(child.name)") }
        }
        for result in results { add(result, result.name) }
        return tests.keys.sorted { PointOrder($0) < PointOrder($1) }.map {
            PointSummary(point: $0, tests: tests[$0] ?? [])
        }
    }
}

/// `R2` before `R14`, `R14` before `R14b`, R before L.
private struct PointOrder: Comparable {
    let letters: String
    let number: Int
    let suffix: String

    init(_ point: String) {
        letters = String(point.prefix { !$0.isNumber })
        let rest = point.dropFirst(letters.count)
        let digits = rest.prefix { $0.isNumber }
        number = Int(digits) ?? 0
        suffix = String(rest.dropFirst(digits.count))
    }

    static func < (left: PointOrder, right: PointOrder) -> Bool {
        // What reviewers said comes before what nobody named.
        if left.letters != right.letters { return left.letters > right.letters }
        if left.number != right.number { return left.number < right.number }
        return left.suffix < right.suffix
    }
}
