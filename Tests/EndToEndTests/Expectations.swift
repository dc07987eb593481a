// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

/// The run succeeded.
func expectSuccess(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
}

/// The run was refused with this status and with all of these words on standard error, and printed no result.
func expectRefusal(
    _ outcome: Outcome,
    _ status: Int32,
    _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.bytes.isEmpty, "a refusal writes no result: \(outcome)", sourceLocation: sourceLocation)
    for word in words {
        #expect(
            outcome.errors.contains(word),
            "'\(word)' is not in: \(outcome)",
            sourceLocation: sourceLocation
        )
    }
    // What a Swift value looks like when nobody has written its description.
    for raw in ["CommandError(", "Optional(", "Error(", "KPatchCommands."] {
        #expect(
            !outcome.errors.contains(raw),
            "a raw value in a message: \(outcome)",
            sourceLocation: sourceLocation
        )
    }
}

/// Runs `body`, after which everything in the folder is as before.
func unchanged<Result>(
    _ folder: FilePath,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Result
) async throws -> Result {
    let before = try Snapshot(folder)
    let result = try await body()
    let changes = try Snapshot(folder).changes(since: before)
    #expect(changes.isEmpty, "\(folder) is not as before", sourceLocation: sourceLocation)
    return result
}
