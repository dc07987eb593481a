// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import PatchSeries

extension ReviewTable {
    /// One point in full: who said what, what was decided, what is tied to it.
    ///
    /// - Parameter indentation: what will stand in front of each line.
    func text(_ row: Row, indentation: Int = 0) -> [String] {
        let point = row.point
        func filled(_ lead: String, _ text: String) -> [String] {
            Prose.shown(lead, text, indentation: indentation)
        }
        var lines = filled(
            "\(point.name)  ",
            "\(point.status.rawValue); \(said(point.who, point.messages))"
        )
        lines += filled("    ", point.says)
        for remark in point.debate {
            lines += filled("    ", "\(said(remark.who, remark.messages)):")
            lines += filled("        ", remark.says)
        }
        if let decision = point.decision { lines += filled("    decision: ", decision) }
        if let reason = point.reason { lines += filled("    reason:   ", reason) }
        if !row.options.isEmpty {
            lines += filled("    options:  ", row.options.joined(separator: ", "))
        }
        if !row.tests.isEmpty { lines += filled("    tests:    ", row.tests.joined(separator: ", ")) }
        lines += filled("    variants: ", standings(row))
        return lines
    }

    private func standings(_ row: Row) -> String {
        zip(variants, row.standings).map { "\($0) \($1.rawValue)" }.joined(separator: ", ")
    }

    /// `Paolo Bonzini, message 1`.
    private func said(_ who: [String], _ messages: [Int]) -> String {
        guard !who.isEmpty else { return "nobody in the thread named it" }
        let numbers = messages.map(String.init).joined(separator: ", ")
        let place = messages.isEmpty ? [] : ["message\(messages.count == 1 ? "" : "s") \(numbers)"]
        return ([names(who)] + place).joined(separator: ", ")
    }

    func names(_ who: [String]) -> String {
        who.map { review.person($0)?.name ?? $0 }.joined(separator: ", ")
    }

    /// All points, two or three lines each.
    var text: [String] {
        let heads = Columns(
            [["point", "who", "status"] + variants]
                + rows.map { row in
                    [row.point.name, row.point.who.joined(separator: ", "), row.point.status.rawValue]
                        + row.standings.map(\.rawValue)
                }
        ).lines
        let indentation = "        "
        return [heads[0]]
            + zip(heads.dropFirst(), rows).flatMap { head, row in
                [head]
                    + Prose.shown(indentation, row.point.decision ?? row.point.reason ?? "")
                    + Prose.shown(indentation, ties(row))
            }
    }

    private func ties(_ row: Row) -> String {
        let options = row.options.isEmpty ? [] : ["options: \(row.options.joined(separator: ", "))"]
        let tests = row.tests.isEmpty ? [] : ["tests: \(row.tests.joined(separator: ", "))"]
        return (options + tests).joined(separator: "; ")
    }
}

/// A point as JSON.
struct PointOutput: Encodable {
    struct Remark: Encodable {
        let who: [String]
        let messages: [Int]
        let says: String
    }

    let name: String
    let who: [String]
    let messages: [Int]
    let says: String
    let status: String
    let decision: String?
    let reason: String?
    let debate: [Remark]
    let options: [String]
    let tests: [String]
    let variants: [String: String]

    init(_ row: ReviewTable.Row, of table: ReviewTable) {
        let point = row.point
        name = point.name
        who = point.who.map { table.names([$0]) }
        messages = point.messages
        says = point.says
        status = point.status.rawValue
        decision = point.decision
        reason = point.reason
        debate = point.debate.map {
            Remark(who: $0.who.map { table.names([$0]) }, messages: $0.messages, says: $0.says)
        }
        options = row.options
        tests = row.tests
        variants = Dictionary(
            uniqueKeysWithValues: zip(table.variants, row.standings.map(\.rawValue))
        )
    }
}
