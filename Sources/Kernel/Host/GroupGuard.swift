// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// Kills the process group of a child that this process can't end any more, because it was killed itself.
///
/// Without it, make and its compilers go on for as long as their output fits into a pipe, in a folder whose lock is free for
/// the next run. VirtualMachine's OrphanGuard does the same for QEMU, and says why it is a shell.
enum GroupGuard {
    private static let script = #"read -r line || kill -KILL -- "-$1""#

    /// Does `body` while the group is guarded. A guard that can't be had is no error: only a second failure makes it matter.
    static func watch(_ group: ProcessGroup, during body: @Sendable () async -> Void) async {
        guard let (near, far) = try? SocketPair.make() else { return await body() }
        async let shell: Void = runShell(guarding: group.id, waitingOn: far)
        await body()
        // The shell ends and does nothing.
        SocketPair.write("\n", to: near)
        // Nothing that could be lost is in it.
        try? near.close()
        await shell
    }

    /// Returns when the shell is gone; closes `far`.
    private static func runShell(guarding group: Int32, waitingOn far: FileDescriptor) async {
        var options = PlatformOptions()
        // Not a signal of the terminal's, nor what ends the guarded group.
        options.processGroupID = 0
        _ = try? await Subprocess.run(
            .path("/bin/sh"),
            arguments: ["-c", script, "sh", String(group)],
            platformOptions: options,
            input: .fileDescriptor(far, closeAfterSpawningProcess: true),
            output: .discarded,
            error: .discarded
        )
    }
}
