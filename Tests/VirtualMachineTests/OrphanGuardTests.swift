// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

extension EmulatorTests {
    @Suite(.timeLimit(.minutes(1)))
    struct OrphanGuardTests {
        /// Ends by itself: it may inherit a blocked SIGTERM from a thread of Dispatch (seen).
        private func sleeper(seconds: Int) throws -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sleep")
            process.arguments = [String(seconds)]
            try process.run()
            return process
        }

        /// What a killed process looks like to the shell: its end of the socket is closed, without a word.
        @Test func endOfFileKills() async throws {
            let child = try sleeper(seconds: 20)
            let (near, far) = try SocketPair.make()
            try near.close()
            await OrphanGuard.runShell(guarding: child.processIdentifier, waitingOn: far) {
                Issue.record("\($0)")
            }
            child.waitUntilExit()
            #expect(child.terminationReason == .uncaughtSignal)
            #expect(child.terminationStatus == SIGKILL)
        }

        @Test func releaseLetsLive() async throws {
            let child = try sleeper(seconds: 1)
            let warn: @Sendable (String) -> Void = { Issue.record("\($0)") }
            await OrphanGuard.watch(child.processIdentifier, warn: warn) {
                // Longer than the shell takes to start.
                try? await Task.sleep(for: .milliseconds(200))
            }
            child.waitUntilExit()
            #expect(child.terminationReason == .exit)
            #expect(child.terminationStatus == 0)
        }
    }
}
