// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// A file operation that the system refused.
public struct FileError: Error, Hashable, CustomStringConvertible {
    /// What was tried, as a verb: "read", "rename".
    public let operation: String
    public let path: FilePath
    public let errno: Errno

    public var description: String { "can't \(operation) \(path): \(errno)" }
}

/// What this module does with files. Not Foundation: loading it costs every
/// run of the tool more than the work itself.
enum Files {
    static func read(_ path: FilePath) throws(FileError) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            defer { try? file.close() }  // read only: nothing is lost when close fails
            return try readAll(file)
        } catch {
            throw failure("read", path, error)
        }
    }

    private static func readAll(_ file: FileDescriptor) throws -> [UInt8] {
        var status = stat()
        // A hint only: files in /proc say 0, and a file may grow while it is read.
        let size = fstat(file.rawValue, &status) == 0 ? Int(status.st_size) : 0
        var bytes: [UInt8] = []
        var done = false
        while !done {
            let want = max(size - bytes.count, 4096)
            let chunk = try [UInt8](unsafeUninitializedCapacity: want) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            done = chunk.isEmpty
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
        }
        return bytes
    }

    /// Replaces a file in one step: readers see the old or the new content.
    static func write(_ bytes: [UInt8], to path: FilePath) throws(FileError) {
        let temporary = FilePath(path.string + ".new")
        do {
            let file = try FileDescriptor.open(
                temporary,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead]
            )
            try file.closeAfter { _ = try file.writeAll(bytes) }
        } catch {
            throw failure("write", path, error)
        }
        try rename(temporary, to: path)
    }

    static func rename(_ from: FilePath, to path: FilePath) throws(FileError) {
        guard from.withPlatformString({ old in path.withPlatformString { Glibc.rename(old, $0) } }) == 0
        else {
            throw last("rename \(from) to", path)
        }
    }

    /// What lies at a path, links followed; nil if nothing does.
    static func status(_ path: FilePath) -> stat? {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 ? status : nil
    }

    static func exists(_ path: FilePath) -> Bool { status(path) != nil }

    /// Bytes in a file.
    static func size(_ path: FilePath) -> UInt64? {
        status(path).map { UInt64(max($0.st_size, 0)) }
    }

    /// Size and time of last change: what tells `make` that a file is another.
    static func stamp(_ path: FilePath) -> String {
        guard let status = status(path) else { return "none" }
        return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    static func isFolder(_ path: FilePath) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    static func isExecutable(_ path: FilePath) -> Bool {
        !isFolder(path) && path.withPlatformString { access($0, X_OK) } == 0
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: FilePath) throws(FileError) {
        if isFolder(path) { return }
        let parent = path.removingLastComponent()
        if !parent.isEmpty, parent != path { try makeFolder(parent) }
        guard path.withPlatformString({ mkdir($0, 0o777) }) == 0 || Errno(rawValue: errno) == .fileExists
        else {
            throw last("make the folder", path)
        }
        guard isFolder(path) else {
            throw FileError(operation: "make the folder", path: path, errno: .notDirectory)
        }
    }

    /// Makes a new folder with an unused name in `folder`, for work that ends with a rename.
    static func makeTemporaryFolder(in folder: FilePath, prefix: String) throws(FileError) -> FilePath {
        try makeFolder(folder)
        let template = folder.appending("\(prefix).XXXXXX")
        var bytes = template.withPlatformString {
            Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
        }
        guard bytes.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) != nil else {
            throw last("make a temporary folder in", folder)
        }
        TemporaryFolders.claim(folder)
        return FilePath(platformString: bytes)
    }

    /// The names in a folder, `.` and `..` left out, in byte order.
    static func names(in path: FilePath) throws(FileError) -> [[UInt8]] {
        guard let folder = path.withPlatformString({ opendir($0) }) else { throw last("list", path) }
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2e], name != [0x2e, 0x2e] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Removes a file or a folder with all that is in it; links are removed, not followed.
    static func remove(_ path: FilePath) throws(FileError) {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else {
            if Errno(rawValue: errno) == .noSuchFileOrDirectory { return }
            throw last("remove", path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard path.withPlatformString({ unlink($0) }) == 0 else { throw last("remove", path) }
            return
        }
        // A source package may hold read-only folders.
        if status.st_mode & 0o700 != 0o700 { _ = path.withPlatformString { chmod($0, 0o700) } }
        for name in try names(in: path) { try remove(path.appending(bytes: name)) }
        guard path.withPlatformString({ rmdir($0) }) == 0 else { throw last("remove", path) }
    }

    /// Bytes that the file system of the nearest existing folder can still take from this user.
    static func freeSpace(at path: FilePath) -> UInt64? {
        var folder = path
        while !exists(folder), folder.removeLastComponent() {}
        var status = statvfs()
        guard folder.withPlatformString({ statvfs($0, &status) }) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    static func absolute(_ path: FilePath) -> FilePath {
        if path.isAbsolute { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return FilePath(platformString: here).pushing(path).lexicallyNormalized()
    }

    private static func last(_ operation: String, _ path: FilePath) -> FileError {
        FileError(operation: operation, path: path, errno: Errno(rawValue: errno))
    }

    private static func failure(_ operation: String, _ path: FilePath, _ error: any Error) -> FileError {
        FileError(operation: operation, path: path, errno: error as? Errno ?? .ioError)
    }
}

extension FilePath {
    /// This path with one more component, given as the file system's bytes:
    /// a name need not be UTF-8.
    func appending(bytes name: [UInt8]) -> FilePath {
        let platform = name.map { CChar(bitPattern: $0) } + [0]
        return pushing(FilePath(platformString: platform))
    }

    /// The path's own bytes.
    var bytes: [UInt8] {
        withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
}
