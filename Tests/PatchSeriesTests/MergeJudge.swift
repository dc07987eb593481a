// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// What git makes of an edited file and the series' change of the file as it was: a judge that knows lines only, so it
/// sees text that is lost, and not only what is around a place.
struct MergeJudge {
    /// One file in four forms.
    struct Case {
        /// As the tree has it, and with the series.
        let base, unedited: [UInt8]
        /// As somebody has edited it, and with the series; nil if that was refused.
        let edited: [UInt8]
        let patched: [UInt8]?
    }

    enum Verdict: Equatable {
        /// The same as the merge.
        case right
        /// Lines of the edit aren't there any more.
        case lost(String)
        /// The same lines in another order, or others.
        case differs(String)
        /// Refused, though the merge has no conflict.
        case refused
        /// git can't merge them, so it says nothing.
        case conflict
    }

    /// In the order of the cases.
    let verdicts: [Verdict]

    init(_ cases: [Case]) throws {
        let scratch = try Scratch()
        var files: Files = [:]
        for (index, entry) in cases.enumerated() {
            let carriageReturn = UInt8(ascii: "\r")
            let isOther = entry.edited.contains(carriageReturn) && !entry.base.contains(carriageReturn)
            func ending(_ bytes: [UInt8]) -> [UInt8] {
                guard isOther else { return bytes }
                return bytes.flatMap { $0 == UInt8(ascii: "\n") ? [carriageReturn, $0] : [$0] }
            }
            files["\(index)/base"] = ending(entry.base)
            files["\(index)/unedited"] = ending(entry.unedited)
            files["\(index)/edited"] = entry.edited
        }
        try scratch.write(files)
        // The exit status is the number of conflicts.
        let script = """
            for number in */; do
                cd $number
                git merge-file -q -p edited base unedited >merged || [ $? -lt 128 ] || exit 1
                cd ..
            done
            """
        try scratch.run(["sh", "-c", script])
        let merged = try contents(of: scratch.url)
        verdicts = try cases.enumerated().map { index, entry in
            try Self.verdict(entry, try #require(merged["\(index)/merged"]))
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).unicodeScalars
            .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }

    /// A line with each number as the same one: numbers are counted on.
    private static func counted(_ line: String) -> String {
        String(line.map { $0.isNumber && $0.isASCII ? "0" : $0 }).replacing("00", with: "0")
    }

    private static func verdict(_ entry: Case, _ merged: [UInt8]) throws -> Verdict {
        let expected = lines(merged)
        guard !expected.contains(where: { $0.hasPrefix("<<<<<<< ") }) else { return .conflict }
        guard let patched = entry.patched else { return .refused }
        guard patched != merged else { return .right }
        let result = lines(patched)
        if result.map(counted) == expected.map(counted) { return .right }
        var missing: [String: Int] = [:]
        for line in expected { missing[counted(line), default: 0] += 1 }
        for line in result { missing[counted(line), default: 0] -= 1 }
        var added: [String: Int] = [:]
        for line in lines(entry.edited) { added[line, default: 0] += 1 }
        for line in lines(entry.base) { added[line, default: 0] -= 1 }
        let lost = added.filter {
            $0.value > 0 && missing[counted($0.key), default: 0] > 0 && !$0.key.isEmpty
        }
        if let line = lost.keys.sorted().first { return .lost(line) }
        let first = zip(result, expected).enumerated().first {
            counted($0.element.0) != counted($0.element.1)
        }
        return .differs(
            first.map { "line \($0.offset + 1) is '\($0.element.0)', git has '\($0.element.1)'" }
                ?? "other lengths"
        )
    }
}
