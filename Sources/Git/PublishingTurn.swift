// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// The right to move references of a repository, which one process of this tool has at a time. It ends with the
/// process, whatever ends that (flock).
struct PublishingTurn: ~Copyable {
    let commonDirectory: String
    private let descriptor: Int32

    /// Below the folder that all work trees share.
    static let folder = "kpatch-gen/"

    /// Waits for it: others need it for some milliseconds, longer if the machine is busy.
    ///
    /// - Throws: `readOnly`, `io`.
    init(in commonDirectory: String) throws(GitError) {
        let folder = commonDirectory + Self.folder
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw systemError("make the folder '\(folder)'")
        }
        // Not removed afterwards: who waits for a file that is gone would not see who has the new one.
        let path = folder + "moves.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw systemError("open '\(path)'") }
        for _ in 0..<2000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                self.commonDirectory = commonDirectory
                self.descriptor = descriptor
                return
            }
            guard errno == EWOULDBLOCK || errno == EINTR, !Task.isCancelled else { break }
            pause(milliseconds: 5)
        }
        let failure = systemError("lock '\(path)'")
        close(descriptor)
        throw failure
    }

    deinit {
        close(descriptor)
    }
}

/// Sleeps.
func pause(milliseconds: UInt32) {
    usleep(milliseconds * 1000)
}
