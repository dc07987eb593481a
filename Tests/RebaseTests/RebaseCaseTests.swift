// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// Each row of the table of results (docs/user-guide.md) and each kind of conflict. How a case is written: `RebaseCase`.
@Suite struct RebaseCaseTests {
    private static let folder = Golden.folder().appendingPathComponent("cases")

    static func cases() throws -> [String] {
        try Archive.all(in: folder).map { $0.deletingPathExtension().lastPathComponent }
    }

    @Test(arguments: try RebaseCaseTests.cases())
    func rebase(name: String) throws {
        let url = Self.folder.appendingPathComponent("\(name).txtar")
        let common = Golden.folder().appendingPathComponent("common.txtar")
        let rebase = try RebaseCase(url, common: common)
        try rebase.archive.expect(try rebase.result(), at: url)
    }
}
