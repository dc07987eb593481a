// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

@testable import PatchSeries

/// Trees with lines that end in CR LF.
@Suite struct LineEndingTests {
    /// The result has the tree's own line endings throughout, and is the same otherwise.
    @Test(arguments: ["5.10", "6.12"])
    func addedLinesEndAsTheTreesDo(release: String) throws {
        let series = try MirrorSeries.read()
        let tree = try KernelTree(release)
        let read = try tree.reader()
        for variant in series.variants.map(\.name) where !ProjectSeries.mirror.isMerged(variant, in: tree) {
            let selection = try Selection(variant: variant, settings: [], of: series)
            let plain = try series.render(selection, read: read).patches.flatMap(\.files)
            let edited = try series.render(selection) { path in read(path).map(withCarriageReturns) }
            let other = edited.patches.flatMap(\.files)
            #expect(plain.map(\.path) == other.map(\.path))
            for (plain, other) in zip(plain, other) where read(plain.path) != nil {
                let expected = withCarriageReturns(plain.bytes)
                #expect(other.bytes == expected, "\(variant) on \(tree.tag): \(plain.path)")
            }
        }
    }

    private func withCarriageReturns(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
    }
}
