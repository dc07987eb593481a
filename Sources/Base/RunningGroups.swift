// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Synchronization

/// The process groups of the children that run, so that none outlives a process that is ended.
public enum RunningGroups {
    private static let ids = Mutex<Set<pid_t>>([])

    /// Counts a group as running.
    public static func add(_ id: pid_t) { ids.withLock { _ = $0.insert(id) } }

    /// To be called before the group's leader is waited for: its id may be somebody else's then.
    public static func remove(_ id: pid_t) { ids.withLock { _ = $0.remove(id) } }

    /// Kills all that run, for a process that is about to end.
    public static func killAll() {
        ids.withLock { for id in $0 { _ = kill(-id, SIGKILL) } }
    }
}
