// SPDX-License-Identifier: GPL-2.0-only

import Base
import Dispatch
import Glibc
import SystemPackage

/// The reading end of a pipe or socket; waits for bytes on a thread that is none of the Swift pool's.
///
/// Not swift-subprocess's streams: it offers standard output and error only, and a machine has three channels
/// (QMP, console, results) apart from QEMU's own messages.
struct GuestChannel: Sendable {
    let descriptor: FileDescriptor
    /// A serial queue has a thread when it needs one, however many others wait.
    private let queue = DispatchQueue(label: "kpatch-gen.guest-channel")

    /// - Throws: `Errno` if the descriptor can't be made non-blocking.
    init(_ descriptor: FileDescriptor) throws(Errno) {
        self.descriptor = descriptor
        let flags = fcntl(descriptor.rawValue, F_GETFL)
        guard flags >= 0, fcntl(descriptor.rawValue, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            throw Errno(rawValue: errno)
        }
    }

    /// The next bytes, at most 64 KiB; nil when every writer is gone. A reading error ends the channel, too: the
    /// peer is a child that died.
    func next() async -> [UInt8]? {
        while true {
            do {
                let bytes = try [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                    count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                return bytes.isEmpty ? nil : bytes
            } catch Errno.wouldBlock, Errno.resourceTemporarilyUnavailable {
                await untilReadable()
            } catch {
                return nil
            }
        }
    }

    /// Returns when there are bytes or the last writer is gone.
    ///
    /// By poll(), and no Dispatch source: a source for each wait on the same descriptor crashed Dispatch's event
    /// loop once in 1,500 boots, long after the descriptor was closed.
    private func untilReadable() async {
        let descriptor = descriptor.rawValue
        await withCheckedContinuation { continuation in
            queue.async {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                while poll(&wanted, 1, -1) < 0, errno == EINTR {}
                continuation.resume()
            }
        }
    }
}

/// The descriptors between this process and one QEMU. Nothing of it has a name in the file system, so nothing is
/// left behind, whatever happens to either process.
struct MachineChannels: Sendable {
    let qmp: GuestChannel
    let console: GuestChannel
    let results: GuestChannel
    /// QEMU's end of the QMP socket: its standard input and output.
    let qmpForEmulator: FileDescriptor
    let consoleWriter: FileDescriptor
    let resultWriter: FileDescriptor

    /// How QEMU opens a pipe of this process: swift-subprocess hands on no descriptor above 2.
    static func path(of descriptor: FileDescriptor) -> String {
        "/proc/\(getpid())/fd/\(descriptor.rawValue)"
    }

    init() throws(Errno) {
        var opened: [FileDescriptor] = []
        do {
            let (near, far) = try SocketPair.make()
            opened += [near, far]
            let (consoleReader, consoleWriter) = try Self.pipe()
            opened += [consoleReader, consoleWriter]
            let (resultReader, resultWriter) = try Self.pipe()
            opened += [resultReader, resultWriter]
            qmp = try GuestChannel(near)
            console = try GuestChannel(consoleReader)
            results = try GuestChannel(resultReader)
            qmpForEmulator = far
            self.consoleWriter = consoleWriter
            self.resultWriter = resultWriter
        } catch {
            Self.close(opened)
            throw error
        }
    }

    func closeReaders() {
        Self.close([qmp.descriptor, console.descriptor, results.descriptor])
    }

    static func close(_ descriptors: [FileDescriptor]) {
        for descriptor in descriptors {
            // Closing a pipe or socket of one's own can't lose anything.
            try? descriptor.close()
        }
    }

    private static func pipe() throws(Errno) -> (FileDescriptor, FileDescriptor) {
        do {
            let ends = try FileDescriptor.pipe()
            return closedOnExec([ends.readEnd.rawValue, ends.writeEnd.rawValue])
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    private static func closedOnExec(_ ends: [CInt]) -> (FileDescriptor, FileDescriptor) {
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    /// Sends one QMP command. Failure is no error: QEMU may be gone already, which its closed channel tells.
    func command(_ command: String) { SocketPair.write(command, to: qmp.descriptor) }
}
