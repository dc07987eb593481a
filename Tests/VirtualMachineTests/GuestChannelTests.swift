// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

/// Many short-lived channels side by side, as in a run of small machines: a number that one has closed is the
/// next one's at once.
@Suite(.timeLimit(.minutes(1)))
struct GuestChannelTests {
    private static let pieces = 100

    /// What arrives of pieces that are written one by one, so that the reader waits for each.
    private func received() async throws -> [UInt8] {
        let ends = try FileDescriptor.pipe()
        let channel = try GuestChannel(ends.readEnd)
        // The guest: closes its end as soon as all is said.
        Thread.detachNewThread {
            for piece in 0..<Self.pieces {
                _ = try? ends.writeEnd.writeAll([UInt8(piece)])
                usleep(100)
            }
            try? ends.writeEnd.close()
        }
        var bytes: [UInt8] = []
        while let next = await channel.next() { bytes += next }
        try ends.readEnd.close()
        return bytes
    }

    @Test func eachByteArrivesAndTheEndIsSeen() async throws {
        let expected = (0..<Self.pieces).map { UInt8($0) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<25 where try await self.received() != expected { return false }
                    return true
                }
            }
            for try await isWhole in group { #expect(isWhole) }
        }
    }

    /// Each waits on a thread of its own: those that are silent keep none from being heard.
    @Test func silentChannelsKeepNoneWaiting() async throws {
        let ends = try (0..<96).map { _ in try FileDescriptor.pipe() }
        await withDiscardingTaskGroup { group in
            for end in ends {
                group.addTask {
                    let channel = try? GuestChannel(end.readEnd)
                    #expect(await channel?.next() == [1])
                    #expect(await channel?.next() == nil)
                }
            }
            group.addTask {
                // The last of them is the first to speak.
                try? await Task.sleep(for: .milliseconds(100))
                for end in ends.reversed() {
                    _ = try? end.writeEnd.writeAll([1])
                    try? end.writeEnd.close()
                }
            }
        }
        for end in ends { try end.readEnd.close() }
    }
}
