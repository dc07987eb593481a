// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

/// Files with what is expected. `KPATCH_UPDATE_GOLDEN=1 swift test` rewrites them; read the diff before committing it.
public enum Golden {
    /// The Fixtures folder beside the test file that asks.
    public static func folder(_ testFile: String = #filePath) -> URL {
        URL(fileURLWithPath: testFile).deletingLastPathComponent().appendingPathComponent("Fixtures")
    }

    private static var isUpdating: Bool { ProcessInfo.processInfo.environment["KPATCH_UPDATE_GOLDEN"] == "1" }

    /// The files of a kind in a folder of Fixtures, sorted.
    public static func inputs(
        in subfolder: String,
        withExtension suffix: String,
        testFile: String = #filePath
    ) throws -> [URL] {
        let folder = folder(testFile).appendingPathComponent(subfolder)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == suffix }
            .sorted { $0.path < $1.path }
    }

    /// Compares with a file, or rewrites it.
    public static func expect(
        _ actual: String,
        at file: URL,
        sourceLocation: SourceLocation = #_sourceLocation
    )
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
