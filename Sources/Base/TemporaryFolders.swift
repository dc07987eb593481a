// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Synchronization
import SystemPackage

/// Who works in a folder of temporary folders, so that what a killed run left there can go.
///
/// All that work in it hold a shared lock (flock) on it until they end, however that happens.
public enum TemporaryFolders {
    /// Open as long as the process lives.
    private static let claimed = Mutex<[FilePath: FileDescriptor]>([:])

    /// Says that this process works in the folder.
    static func claim(_ folder: FilePath) {
        claimed.withLock { claimed in
            // Without the lock all works as well; another run may sweep while this one works, as before there were locks.
            guard claimed[folder] == nil, let file = open(folder) else { return }
            _ = flock(file.rawValue, LOCK_SH)
            claimed[folder] = file
        }
    }

    /// Empties the folder if nobody works in it: what is there was left by runs that were killed.
    public static func sweep(_ folder: FilePath) {
        let isOurs = claimed.withLock { $0[folder] != nil }
        guard !isOurs, let file = open(folder) else { return }
        // Closing ends the lock; nothing is left to be lost.
        defer { try? file.close() }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0, let names = try? Files.byteNames(in: folder)
        else {
            return
        }
        // What can't be removed costs space only.
        for name in names { try? Files.remove(folder.appending(bytes: name)) }
    }

    private static func open(_ folder: FilePath) -> FileDescriptor? {
        try? FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
    }
}
