// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// What the file system says of a folder and of all that is below it: kind, size, times and numbers of the inodes.
///
/// As git's index tells whether a file is as it was, without reading it.
public struct FolderStamp: Sendable {
    /// What was said, to be kept.
    public private(set) var bytes: [UInt8]
    /// Nanoseconds since 1970: the last change of anything.
    private var newest: Int64 = 0

    /// One that was kept.
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    init() {
        bytes = []
    }

    private static let numbers = 5
    /// A file system's clock ticks; FAT's every two seconds.
    private static let tick: Int64 = 3_000_000_000

    mutating func add(_ path: [UInt8], _ status: stat) {
        let numbers = Self.numbers(status)
        newest = max(newest, numbers[2], numbers[3])
        for number in numbers { withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) } }
        bytes += path.isEmpty ? [UInt8(ascii: ".")] : path
        bytes.append(0)
    }

    private static func numbers(_ status: stat) -> [Int64] {
        [
            Int64(status.st_mode), Int64(status.st_size), nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim), Int64(truncatingIfNeeded: status.st_ino),
        ]
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Whether a change from now on will show in it: not while the last one is as old as a tick of the clock.
    public var isSettled: Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return newest < Self.nanoseconds(now) - Self.tick
    }

    /// Whether the file system says the same of a folder now.
    public func holds(for folder: FilePath) -> Bool {
        guard !bytes.isEmpty else { return false }
        let root = folder.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard root >= 0 else { return false }
        defer { close(root) }
        let size = MemoryLayout<Int64>.size * Self.numbers
        return bytes.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
                guard rest.count > size, let start = rest.baseAddress,
                    let end = memchr(start + size, 0, rest.count - size)
                else { return false }
                var status = stat()
                let path = (start + size).assumingMemoryBound(to: CChar.self)
                guard fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
                let isSame = Self.numbers(status).enumerated().allSatisfy { index, number in
                    rest.loadUnaligned(fromByteOffset: index * MemoryLayout<Int64>.size, as: Int64.self)
                        == number
                }
                guard isSame else { return false }
                at += UnsafeRawPointer(end) - start + 1
            }
            return true
        }
    }
}
