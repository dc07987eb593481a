// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Kernel
import SystemPackage
import Testing

@testable import Judging

@Suite struct WorkTimesTests {
    @Test func theObjectsOfAPatchSayNothingOfAWholeKernel() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "times-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let state = StateFolder(root: FilePath(folder.path))
        var times = WorkTimes(state, cell: "v6.1.192 fast")
        #expect(times.ofMake(objects: 900) == nil)
        // Three seconds each: all that is known.
        times.keepMake(objects: 40, compiling: .seconds(120), linking: .seconds(5))
        #expect(times.ofMake(objects: 900) == .seconds(2705))
        times.keepMake(objects: 1000, compiling: .seconds(500), linking: .seconds(5))
        #expect(times.ofMake(objects: 900) == .seconds(455))
        #expect(times.ofMake(objects: 30) == .seconds(95))
        #expect(times.ofMake(objects: 0) == .seconds(5))
        // Too few to go by.
        times.keepMake(objects: 1, compiling: .seconds(60), linking: .seconds(5))
        #expect(times.ofMake(objects: 30) == .seconds(95))
        let other = WorkTimes(state, cell: "v7.3.4 fast")
        #expect(other.ofMake(objects: 900) == .seconds(455))
        #expect(other.ofMake(objects: 30) == .seconds(95))
    }
}
