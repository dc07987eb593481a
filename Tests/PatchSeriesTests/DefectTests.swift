// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

@testable import PatchSeries

/// The defects of the series that is mailed.
@Suite struct DefectTests {
    /// None is left out: it can be put back alone, or series.yml says why no test sees it.
    @Test func everyDefectGoesAloneIntoAMendedVariant() throws {
        let series = try MirrorSeries.read()
        #expect(series.defects.count > 20)
        for defect in series.defects where defect.unseen == nil {
            let selection = try #require(try series.selections(with: defect).first)
            #expect(selection.changed == [defect.option: defect.value])
            #expect(selection.variant != series.posted)
            #expect(!defect.points.isEmpty, "\(defect.setting) has no point that a test could name")
        }
    }

    /// What is seen is seen by a test that is tied to it.
    @Test func everyVisibleDefectHasATest() throws {
        let series = try MirrorSeries.read()
        let tests = try GuestTests(series, files: try MirrorSeries.files(), root: MirrorSeries.root)
        let facts = try FactSet(series, read: try KernelTree("5.10").reader())
        for defect in series.defects where defect.unseen == nil {
            let selection = try #require(try series.selections(with: defect).first)
            let programs = tests.programs(for: try SettledSelection(selection, in: facts, of: series))
            let named = Set(programs.flatMap { $0.points.values.joined() })
            #expect(!named.isDisjoint(with: defect.points), "\(defect.setting) in \(selection.variant)")
        }
    }

    @Test func thePostedPatchIsNotMended() throws {
        let series = try MirrorSeries.read()
        #expect(series.fixed.map(\.name) == ["enc-op", "cap-from", "cap-to"])
    }
}
