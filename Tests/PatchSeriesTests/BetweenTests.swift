// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import PatchSeries

/// The forms that the kernels between Debian's have: small files, made for this, with what the second entry needs.
@Suite struct BetweenTests {
    private static let folder = Fixtures.folder.appendingPathComponent("between")

    @Test(arguments: ["one-lock", "first-names", "fdget"])
    func theSecondEntry(name: String) throws {
        let url = Self.folder.appendingPathComponent("\(name).txtar")
        let archive = try Archive(url)
        let common = try Archive(Self.folder.appendingPathComponent("common.txtar"))
        var tree: Files = [:]
        for (path, text) in common.sections + archive.sections where path != "expected" {
            tree[path] = Array(text.utf8)
        }
        let series = try MirrorSeries.read()
        var outcome = ""
        for variant in ["cap-to", "enc-op"] {
            let selection = try Selection(variant: variant, settings: [], of: series)
            let rendered = try series.render(selection) { tree[$0] }
            var last: Files = [:]
            for file in rendered.patches.flatMap(\.files) { last[file.path] = file.bytes }
            outcome += "==== \(variant): \(rendered.patches.map(\.folder).joined(separator: ", "))\n"
            for (path, bytes) in last.sorted(by: { $0.key < $1.key })
            where tree[path] != nil && !path.hasSuffix(".rst") {
                outcome += "== \(path)\n" + changes(from: tree[path] ?? [], to: bytes)
            }
            outcome += rendered.notes.map { "note: \($0)\n" }.joined()
        }
        try archive.expect(outcome, at: url)
    }

    /// The lines of a file, those that went or came marked.
    private func changes(from old: [UInt8], to new: [UInt8]) -> String {
        func lines(_ bytes: [UInt8]) -> [Substring] {
            String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast()
        }
        let (before, after) = (lines(old), lines(new))
        let difference = after.difference(from: before)
        var gone: [Int: Substring] = [:]
        var came: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, let line, _): gone[offset] = line
            case .insert(let offset, _, _): came.insert(offset)
            }
        }
        var result = ""
        var position = 0
        for (index, line) in after.enumerated() {
            while let line = gone[position] {
                result += "-\(line)\n"
                position += 1
            }
            if came.contains(index) {
                result += "+\(line)\n"
            } else {
                result += " \(line)\n"
                position += 1
            }
        }
        while let line = gone[position] {
            result += "-\(line)\n"
            position += 1
        }
        return result
    }

    /// Upstream's own answer to R27, which 6.17 to 6.19 don't have: there the guest test of it would fail.
    @Test(arguments: ["6.1", "6.12", "7.2", "7.3"])
    func regionsUnderTheLock(version: String) throws {
        let series = try MirrorSeries.read()
        let read = try KernelTree(version).reader()
        let selection = try Selection(variant: "enc-op", settings: [], of: series)
        let path = "arch/x86/kvm/svm/sev.c"
        let file = String(decoding: try #require(read(path)), as: UTF8.self)
        // The line is in other functions, too.
        let head = "int sev_mem_enc_register_region("
        let function = try #require(file.components(separatedBy: head).last)
        let other = function.replacingOccurrences(
            of: "\tguard(mutex)(&kvm->lock);\n",
            with: "",
            range: function.startIndex..<(function.range(of: "\n}\n")?.upperBound ?? function.endIndex)
        )
        #expect(other != function)
        let without = file.replacingOccurrences(of: head + function, with: head + other)
        func decided(_ read: @escaping (String) -> [UInt8]?) throws -> String? {
            try series.render(selection, read: read).settled.decided["register-lock"]
        }
        #expect(try decided(read) == "prep")
        #expect(try decided { $0 == path ? Array(without.utf8) : read($0) } == "untouched")
    }

    @Test func withoutTheSelftestsItIsSaidWhatPlacesIt() throws {
        let series = try MirrorSeries.read()
        let read = try KernelTree("5.10").reader()
        let selection = try Selection(variant: "cap-from", settings: [], of: series)
        do {
            _ = try series.render(selection) { $0.hasPrefix("tools/") ? nil : read($0) }
            Issue.record("placed without tools/testing")
        } catch let error as SeriesError {
            #expect(error.kind == .placement)
            #expect(error.description.contains("--set selftest=absent leaves this patch out"), "\(error)")
        }
        let without = try Selection(
            variant: "cap-from",
            settings: [Setting("selftest", "absent")],
            of: series
        )
        _ = try series.render(without) { $0.hasPrefix("tools/") ? nil : read($0) }
    }
}
