// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

@testable import VirtualMachine

/// Measures the monitor on somebody else's console logs: files that begin with `TITLE: …` (or with an empty line: there
/// is nothing in it), an empty line and the log, as those of syzkaller (pkg/report/testdata/linux/report). Not a check:
/// it prints figures, for docs/measurements.md, and runs only if KPATCH_CONSOLE_LOGS names their folder.
@Suite struct ForeignLogsTests {
    private static let folder = ProcessInfo.processInfo.environment["KPATCH_CONSOLE_LOGS"]

    @Test(.enabled(if: folder != nil, "KPATCH_CONSOLE_LOGS names no folder"))
    func figures() throws {
        let folder = URL(fileURLWithPath: try #require(Self.folder))
        var (titled, found, equal, empty, wrong, torn, seenAsTorn, wronglyTorn) = (0, 0, 0, 0, 0, 0, 0, 0)
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false)
            let head = lines.prefix { !$0.isEmpty }
            var monitor = ConsoleMonitor()
            for line in lines.dropFirst(head.count + 1).prefix(while: { $0 != "REPORT:" }) {
                monitor.consume(String(line))
            }
            let value = { (key: String) in
                head.filter { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
            }
            guard let title = value("TITLE").first, !title.isEmpty else {
                empty += 1
                wrong += monitor.events.isEmpty ? 0 : 1
                continue
            }
            titled += 1
            guard let event = monitor.events.first else { continue }
            found += 1
            equal += ([title] + value("ALT")).contains(event.title) ? 1 : 0
            let isTorn = !value("CORRUPTED").isEmpty
            torn += isTorn ? 1 : 0
            seenAsTorn += isTorn && event.isCorrupted ? 1 : 0
            wronglyTorn += !isTorn && event.isCorrupted ? 1 : 0
        }
        print("\(found) of \(titled) titled logs have an event, \(equal) under the same title;")
        print("\(wrong) of \(empty) logs without a title have one;")
        print("\(seenAsTorn) of \(torn) torn reports are seen as torn, and \(wronglyTorn) others")
        #expect(titled + empty > 0)
    }
}
