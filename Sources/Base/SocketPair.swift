// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// Two sockets that know only each other: a life line between this process and a child. Neither is handed to children that
/// aren't given it.
public enum SocketPair {
    public static func make() throws(Errno) -> (near: FileDescriptor, far: FileDescriptor) {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw Errno(rawValue: errno)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    /// Writes to a socket whose peer may be gone, which is no error.
    public static func write(_ text: String, to socket: FileDescriptor) {
        let bytes = Array(text.utf8)
        // MSG_NOSIGNAL: writing to a dead peer would end this process with SIGPIPE.
        _ = send(socket.rawValue, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }
}
