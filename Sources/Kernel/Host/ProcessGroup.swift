// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

/// All processes that one child has started, by their process group.
///
/// `make` runs a shell that runs gcc that runs cc1; a signal to `make` alone
/// leaves the others at work on a folder that the next run will use.
struct ProcessGroup {
    /// The group's id, which is the leader's process id.
    let id: pid_t

    /// Does `body` while the group counts as running.
    ///
    /// To be left before the leader is waited for: its id may be somebody else's then.
    func whileRunning<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        RunningGroups.add(id)
        defer { RunningGroups.remove(id) }
        return try await body()
    }

    /// Asks all members to end and, after `grace`, makes them.
    ///
    /// To be called while the leader has not been waited for yet, so that the
    /// id can't have passed to somebody else.
    func terminate(grace: Duration) async {
        // A task of its own: in a cancelled one every sleep returns at once.
        await Task {
            signal(SIGTERM)
            if await ends(within: grace) { return }
            signal(SIGKILL)
            _ = await ends(within: grace)
        }.value
    }

    private func signal(_ number: CInt) {
        // ESRCH means that all have ended, which is what is wanted.
        _ = kill(-id, number)
    }

    private func ends(within limit: Duration) async -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        while !Self.livingMembers(of: id).isEmpty {
            if clock.now >= deadline { return false }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { return false }
        }
        return true
    }

    /// The members that still run. A zombie does not: the leader stays one
    /// until it is waited for, so `kill(-id, 0)` can't tell.
    static func livingMembers(of group: pid_t) -> [pid_t] {
        let folder = FilePath("/proc")
        // No /proc: nothing is known, and the signals have been sent anyway.
        guard let names = try? Files.byteNames(in: folder) else { return [] }
        return names.compactMap { name in
            guard let pid = pid_t(String(decoding: name, as: UTF8.self)) else { return nil }
            // A process that ended between the listing and the reading.
            guard let stat = try? Files.read(folder.appending(bytes: name).appending("stat")) else {
                return nil
            }
            // "pid (name) state ppid pgrp …", where name may hold anything (proc(5)).
            guard let close = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
            let fields = String(decoding: stat[(close + 1)...], as: UTF8.self).split(separator: " ")
            guard fields.count > 2, pid_t(fields[2]) == group, fields[0] != "Z", fields[0] != "X" else {
                return nil
            }
            return pid
        }
    }
}
