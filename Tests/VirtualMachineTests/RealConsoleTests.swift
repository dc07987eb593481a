// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import VirtualMachine

/// Fixtures/kernels: consoles of real kernels, by tree, each of which was made to do one thing wrong (.ci/golden-logs). They are
/// as they were, addresses and all; what is expected of them a person has read.
@Suite struct RealConsoleTests {
    private static let folder = Golden.folder().appendingPathComponent("kernels")

    private static func archives() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).sorted {
            $0.path < $1.path
        }
        .flatMap(Archive.all)
    }

    @Test(arguments: try archives())
    func console(file: URL) throws {
        let archive = try Archive(file)
        var monitor = ConsoleMonitor()
        for line in try #require(archive["log"]).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast()
        {
            monitor.consume(String(line))
        }
        try archive.expect(ConsoleReportTests.text(monitor.events), at: file)
    }
}
