// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

/// Files with what is expected. `KPATCH_UPDATE_GOLDEN=1 swift test` rewrites them; read the diff before committing it.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Fixtures"
    )

    static var isUpdating: Bool { ProcessInfo.processInfo.environment["KPATCH_UPDATE_GOLDEN"] == "1" }

    static func inputs(in subfolder: String, withExtension suffix: String) throws -> [URL] {
        let folder = folder.appendingPathComponent(subfolder)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == suffix }
            .sorted { $0.path < $1.path }
    }

    static func expect(_ actual: String, at file: URL, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        if isUpdating {
            try actual.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(actual == expected, "differs from \(file.lastPathComponent)", sourceLocation: sourceLocation)
    }
}
