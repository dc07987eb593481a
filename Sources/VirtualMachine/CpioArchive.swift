// SPDX-License-Identifier: GPL-2.0-only

import Base

/// An initramfs: a "newc" cpio archive, built in memory.
///
/// Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel. Nothing in it depends on
/// the machine or the time it was built on (mtime 0, uid and gid 0, inode numbers count up), so equal contents
/// give equal bytes.
public struct CpioArchive: Sendable {
    /// What an entry is. `mode` holds permission bits only, e.g. 0o755.
    public enum Content: Sendable, Equatable {
        case directory
        case file([UInt8])
        case symlink(target: String)
        /// A character device node, e.g. `/dev/console` is major 5, minor 1.
        case characterDevice(major: UInt32, minor: UInt32)
    }

    struct Entry: Sendable {
        var path: String
        var mode: UInt32
        var content: Content
    }

    private(set) var entries: [Entry] = []
    private var paths: [String: Int] = [:]

    public init() {}

    /// Adds an entry; missing parent folders are added before it with mode 0755.
    ///
    /// - Parameters:
    ///   - path: where it is in the guest; a leading slash is dropped.
    ///   - mode: permission bits (at most 0o7777).
    /// - Throws: `CpioError` if the path is unusable or taken, or the content can't be stored in this format. Adding
    ///   a directory that is there already is not an error: its mode is set.
    public mutating func add(_ path: String, mode: UInt32, _ content: Content) throws(CpioError) {
        guard mode <= 0o7777 else {
            throw .badMode(path: path, mode: mode)
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: true)
        let unusable = components.contains { $0 == "." || $0 == ".." || $0.utf8.contains(0) }
        let name = components.joined(separator: "/")
        // The kernel's init/initramfs.c drops names longer than PATH_MAX without a word; "TRAILER!!!" ends the
        // archive there.
        guard !components.isEmpty, !unusable, name.utf8.count < 4096, name != Self.trailer else {
            throw .badPath(path)
        }
        for depth in 1..<max(components.count, 1) {
            try addParent(components.prefix(depth).joined(separator: "/"), of: name)
        }
        if let index = paths[name] {
            guard case .directory = content, case .directory = entries[index].content else {
                throw .duplicate(path: name)
            }
            entries[index].mode = mode
            return
        }
        let size =
            switch content {
            case .file(let bytes): bytes.count
            case .symlink(let target): target.utf8.count
            case .directory, .characterDevice: 0
            }
        guard size <= Int(UInt32.max) else {
            throw .tooLarge(path: name, size: size)
        }
        append(Entry(path: name, mode: mode, content: content))
    }

    private mutating func addParent(_ folder: String, of path: String) throws(CpioError) {
        guard let index = paths[folder] else {
            append(Entry(path: folder, mode: 0o755, content: .directory))
            return
        }
        guard case .directory = entries[index].content else {
            throw .parentIsNotADirectory(path: path, parent: folder)
        }
    }

    private mutating func append(_ entry: Entry) {
        paths[entry.path] = entries.count
        entries.append(entry)
    }

    /// The archive's bytes, trailer included, padded to 512 bytes as cpio(1) does.
    public func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            Self.write(entry, inode: UInt32(truncatingIfNeeded: index + 1), to: &bytes)
        }
        // The trailer has mode 0: it is no file.
        Self.writeHeader(Header(inode: 0, mode: 0, links: 1, name: Self.trailer), to: &bytes)
        Self.pad(&bytes, to: 512)
        return bytes
    }

    private static let trailer = "TRAILER!!!"

    private struct Header {
        var inode: UInt32
        var mode: UInt32
        var links: UInt32
        var size: UInt32 = 0
        var major: UInt32 = 0
        var minor: UInt32 = 0
        var name: String
    }

    private static func write(_ entry: Entry, inode: UInt32, to bytes: inout [UInt8]) {
        // File type bits: include/uapi/linux/stat.h.
        var header = Header(inode: inode, mode: entry.mode, links: 1, name: entry.path)
        var data: [UInt8] = []
        switch entry.content {
        case .directory:
            header.mode |= 0o040000
            header.links = 2
        case .file(let contents):
            header.mode |= 0o100000
            data = contents
        case .symlink(let target):
            header.mode |= 0o120000
            data = Array(target.utf8)
        case .characterDevice(let major, let minor):
            header.mode |= 0o020000
            header.major = major
            header.minor = minor
        }
        header.size = UInt32(truncatingIfNeeded: data.count)
        writeHeader(header, to: &bytes)
        bytes.append(contentsOf: data)
        pad(&bytes, to: 4)
    }

    private static func writeHeader(_ header: Header, to bytes: inout [UInt8]) {
        let name = Array(header.name.utf8) + [0]
        bytes.append(contentsOf: "070701".utf8)
        let fields: [UInt32] = [
            header.inode, header.mode,
            0, 0,  // uid, gid
            header.links,
            0,  // mtime
            header.size,
            0, 0,  // device the file is on
            header.major, header.minor,  // device the node stands for
            UInt32(truncatingIfNeeded: name.count),
            0,  // checksum: unused in 070701
        ]
        for field in fields {
            for shift in stride(from: 28, through: 0, by: -4) {
                bytes.append(hexDigits[Int((field >> UInt32(shift)) & 0xf)])
            }
        }
        bytes.append(contentsOf: name)
        pad(&bytes, to: 4)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    private static func pad(_ bytes: inout [UInt8], to alignment: Int) {
        let excess = bytes.count % alignment
        if excess != 0 {
            bytes.append(contentsOf: repeatElement(0, count: alignment - excess))
        }
    }
}

/// Why an entry can't be put into a `CpioArchive`.
public enum CpioError: Blamed, Equatable {
    case badPath(String)
    case badMode(path: String, mode: UInt32)
    case duplicate(path: String)
    case parentIsNotADirectory(path: String, parent: String)
    case tooLarge(path: String, size: Int)

    /// Paths and modes come from a series' list of tests.
    public var fault: Fault { .user }

    public var description: String {
        switch self {
        case .badPath(let path):
            "initramfs: '\(path)' is no usable path: give one below '/', without '.' or '..', under 4096 bytes"
        case .badMode(let path, let mode):
            "initramfs: \(path): mode 0\(String(mode, radix: 8)) has more than permission bits"
        case .duplicate(let path):
            "initramfs: \(path) is there already: give every file a path of its own"
        case .parentIsNotADirectory(let path, let parent):
            "initramfs: \(path) can't be added: \(parent) is not a directory"
        case .tooLarge(let path, let size):
            "initramfs: \(path) has \(size) bytes: the newc format ends at 4 GiB - 1"
        }
    }
}
