// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

/// One root commit with a folder's files, in the form that `git fast-import`
/// reads (git-fast-import(1)). The same files give the same bytes everywhere.
struct FastImportStream {
    let folder: FilePath
    let entries: [FolderWalk.Entry]
    /// The ref that fast-import shall write.
    let ref: String
    let message: String

    /// No real time and no real person: the commit's id must depend on nothing else.
    static let author = "kpatch-gen <kpatch-gen@localhost> 0 +0000"

    /// Writes the stream; `progress` gets the number of files done, now and then.
    func write(to output: inout SocketWriter, progress: (Int) -> Void) throws(TreeError) {
        let text = Array(message.utf8)
        try output.append(
            "feature done\ncommit \(ref)\nauthor \(Self.author)\ncommitter \(Self.author)\ndata \(text.count)\n"
        )
        try output.append(text)
        try output.append("\n")
        for (index, entry) in entries.enumerated() {
            try output.append("M \(entry.kind.rawValue) inline ")
            try output.append(Self.quoted(entry.path))
            try output.append("\n")
            try content(of: entry, into: &output)
            if index % 256 == 0 { progress(index) }
        }
        try output.append("\ndone\n")
        try output.flush()
        progress(entries.count)
    }

    private func content(of entry: FolderWalk.Entry, into output: inout SocketWriter) throws(TreeError) {
        let path = folder.appending(bytes: entry.path)
        let bytes: [UInt8]
        if entry.kind == .link {
            do { bytes = try Files.linkTarget(path).bytes } catch { throw .file(error) }
        } else {
            do { bytes = try Files.read(path, followsLinks: false) } catch { throw .file(error) }
        }
        try output.append("data \(bytes.count)\n")
        try output.append(bytes)
        try output.append("\n")
    }

    /// A path as fast-import reads it: plain where every byte is harmless,
    /// else in double quotes with C escapes.
    static func quoted(_ path: [UInt8]) -> [UInt8] {
        let plain = path.allSatisfy { byte in
            (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x2b && byte <= 0x39)
                || byte == 0x5f || byte == 0x40
        }
        if plain { return path }
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in path {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                quoted += [UInt8(ascii: "\\"), byte]
            case 0x20...0x7e:
                quoted.append(byte)
            default:
                let octal = String(byte, radix: 8)
                quoted += Array(("\\" + String(repeating: "0", count: 3 - octal.count) + octal).utf8)
            }
        }
        return quoted + [UInt8(ascii: "\"")]
    }
}

/// A child's standard input, written in large pieces.
///
/// A socket, not a pipe: a pipe whose reader has died would end this process
/// with SIGPIPE, while `send` can be told not to.
struct SocketWriter {
    private let socket: FileDescriptor
    private var buffer: [UInt8] = []
    private static let size = 1 << 20

    init(_ socket: FileDescriptor) {
        self.socket = socket
        buffer.reserveCapacity(2 * Self.size)
    }

    /// Both ends: the child's and ours.
    static func pair() throws(TreeError) -> (child: FileDescriptor, own: FileDescriptor) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .file(FileError(operation: "make a socket pair", path: "", errno: Errno(rawValue: errno)))
        }
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    mutating func append(_ text: String) throws(TreeError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.size { try flush() }
    }

    mutating func append(_ bytes: [UInt8]) throws(TreeError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.size { try flush() }
    }

    mutating func flush() throws(TreeError) {
        let failure: Errno? = buffer.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest)
                let sent = send(socket.rawValue, slice.baseAddress, slice.count, CInt(MSG_NOSIGNAL))
                if sent < 0 {
                    if errno == EINTR { continue }
                    return Errno(rawValue: errno)
                }
                rest = rest.dropFirst(sent)
            }
            return nil
        }
        buffer.removeAll(keepingCapacity: true)
        // The reader's own message says why it stopped reading.
        if let failure { throw .rejected("it stopped reading (\(failure))") }
    }
}
