// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// Kills a QEMU that this process can't end any more, because it was killed itself or crashed.
///
/// QEMU 7.2 lives on without whoever started it: neither the end of its QMP connection nor broken console pipes end it,
/// and a guest that hangs would keep the processors busy for ever (seen). PR_SET_PDEATHSIG is no help: it goes by the
/// thread that forked, and swift-subprocess runs nothing between fork and exec. So a shell waits for a line from this
/// process, and takes an end of file for its death.
enum OrphanGuard {
    private static let script = #"read -r line || kill -KILL "$1""#

    /// Runs `body` with a guard for a child process that is not reaped before `body` is done.
    ///
    /// - Parameter warn: told if there is no guard: only a second failure makes that matter, so it is no error.
    static func watch(
        _ process: Int32,
        warn: @escaping @Sendable (String) async -> Void,
        during body: @Sendable () async -> Void
    ) async {
        let (near, far): (FileDescriptor, FileDescriptor)
        do {
            (near, far) = try SocketPair.make()
        } catch {
            await warn(message(error))
            return await body()
        }
        async let shell: Void = runShell(guarding: process, waitingOn: far, warn: warn)
        await body()
        release(near)
        MachineChannels.close([near])
        await shell
    }

    /// Lets go of the child process: the shell ends and does nothing.
    static func release(_ near: FileDescriptor) {
        SocketPair.write("\n", to: near)
    }

    /// Returns when the shell is gone; closes `far`.
    static func runShell(
        guarding process: Int32,
        waitingOn far: FileDescriptor,
        warn: @Sendable (String) async -> Void
    ) async {
        do {
            _ = try await Subprocess.run(
                .path("/bin/sh"),
                arguments: ["-c", script, "sh", String(process)],
                input: .fileDescriptor(far, closeAfterSpawningProcess: true),
                output: .discarded,
                error: .discarded
            )
        } catch {
            await warn(message(error))
        }
    }

    private static func message(_ error: any Error) -> String {
        "nothing will end QEMU if this process is killed: \(error)"
    }
}
