// SPDX-License-Identifier: GPL-2.0-only

import Cglibc
import Glibc
import Synchronization
import SystemPackage

/// Reading and writing files by path, with errors that name the path.
///
/// Not Foundation: loading it costs every run of the tool more than the work itself.
public enum Files {
    /// The bytes of a regular file.
    ///
    /// Nothing else is read: a FIFO that nobody writes would hold up the run for ever, a device may have no end.
    ///
    /// - Parameters:
    ///   - limit: the most bytes it may have.
    ///   - followsLinks: whether the path may end in a symbolic link.
    public static func read(_ path: FilePath, limit: Int = .max, followsLinks: Bool = true) throws(FileError)
        -> [UInt8]
    {
        do {
            let file = try FileDescriptor.open(
                path,
                .readOnly,
                options: followsLinks
                    ? [.closeOnExec, .nonBlocking] : [.closeOnExec, .nonBlocking, .noFollow]
            )
            defer { try? file.close() }  // read only: nothing is lost when close fails
            return try readAll(file, path, limit)
        } catch {
            throw FileError(operation: "read", path: path, error)
        }
    }

    private static func readAll(_ file: FileDescriptor, _ path: FilePath, _ limit: Int) throws -> [UInt8] {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        if let kind = unreadable(status) { throw unusable("read", path, kind) }
        // A hint only: files in /proc say 0, and a file may grow while it is read.
        let size = Int(status.st_size)
        var bytes: [UInt8] = []
        var done = false
        while !done {
            guard max(size, bytes.count) <= limit else { throw tooLarge(path, size, limit) }
            let want = min(max(size - bytes.count, 4096), 1 << 30)
            let chunk = try [UInt8](unsafeUninitializedCapacity: want) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            done = chunk.isEmpty
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
        }
        return bytes
    }

    static func tooLarge(_ path: FilePath, _ size: Int, _ limit: Int) -> FileError {
        unusable(
            "read",
            path,
            "it has \(size) bytes, and \(limit) are the most a file may have here (\(Limits.hint))"
        )
    }

    static func unusable(_ operation: String, _ path: FilePath, _ why: String) -> FileError {
        FileError(operation: operation, path: path, reason: .unusable(why))
    }

    /// What is not a regular file, in words; nil for one that is.
    static func unreadable(_ status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "it is a folder"
        case S_IFIFO: "it is a FIFO, not a file"
        case S_IFSOCK: "it is a socket, not a file"
        case S_IFLNK: "it is a symbolic link"
        default: "it is a device, not a file"
        }
    }

    private static let counter = Atomic<Int>(0)

    /// Replaces a file in one step: readers see the old or the new content, never half of it.
    public static func write(_ bytes: [UInt8], to path: FilePath, executable: Bool = false) throws(FileError)
    {
        let number = counter.add(1, ordering: .relaxed).newValue
        let temporary = FilePath(path.string + ".\(getpid()).\(number).tmp")
        // Of a run that had the same process id and was killed.
        _ = temporary.withPlatformString { unlink($0) }
        do {
            let file = try FileDescriptor.open(
                temporary,
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: FilePermissions(rawValue: executable ? 0o777 : 0o666)
            )
            try file.closeAfter { _ = try file.writeAll(bytes) }
            guard
                temporary.withPlatformString({ new in path.withPlatformString { Glibc.rename(new, $0) } })
                    == 0
            else { throw Errno(rawValue: errno) }
        } catch {
            _ = temporary.withPlatformString { unlink($0) }
            throw FileError(operation: "write", path: path, error)
        }
    }

    /// Gives a file or folder another name, in place of what has it.
    public static func rename(_ from: FilePath, to path: FilePath) throws(FileError) {
        guard from.withPlatformString({ old in path.withPlatformString { Glibc.rename(old, $0) } }) == 0
        else {
            throw last("rename \(from) to", path)
        }
    }

    /// Makes two files or folders change their names: there is no moment without one of each name.
    public static func exchange(_ one: FilePath, _ other: FilePath) throws(FileError) {
        let isDone = one.withPlatformString { first in
            other.withPlatformString {
                renameat2(AT_FDCWD, first, AT_FDCWD, $0, RenameExchange) == 0
            }
        }
        guard isDone else { throw last("exchange \(one) with", other) }
    }

    /// What lies at a path, links followed; nil if nothing does.
    static func status(_ path: FilePath) -> stat? {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 ? status : nil
    }

    /// Whether anything lies at a path, links followed.
    public static func exists(_ path: FilePath) -> Bool { status(path) != nil }

    /// Whether this user may not even know what lies at a path: a folder on the way can't be entered.
    public static func isOutOfReach(_ path: FilePath) -> Bool { !exists(path) && errno == EACCES }

    /// Bytes in a file; nil if there is none.
    public static func size(_ path: FilePath) -> UInt64? {
        status(path).map { UInt64(max($0.st_size, 0)) }
    }

    /// Size and time of last change: what tells `make` that a file is another; "none" without one.
    public static func stamp(_ path: FilePath) -> String {
        guard let status = status(path) else { return "none" }
        return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    /// Whether a folder lies at a path, links followed.
    public static func isFolder(_ path: FilePath) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Whether a symbolic link lies at a path.
    public static func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether a program lies at a path that this user may run.
    public static func isExecutable(_ path: FilePath) -> Bool {
        !isFolder(path) && path.withPlatformString { access($0, X_OK) } == 0
    }

    /// Makes a folder and those above it.
    public static func makeFolder(_ path: FilePath) throws(FileError) {
        if path.isEmpty || isFolder(path) { return }
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
    public static func makeTemporaryFolder(in folder: FilePath, prefix: String) throws(FileError) -> FilePath
    {
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

    /// Lets others read a folder as far as the process' umask does; one that was made as a temporary one is its owner's
    /// alone.
    public static func openToAll(_ path: FilePath) throws(FileError) {
        let mask = umask(0o077)
        umask(mask)
        guard path.withPlatformString({ chmod($0, 0o777 & ~mask) }) == 0 else { throw last("open", path) }
    }

    /// The names in a folder, `.` and `..` left out, in byte order. What isn't UTF-8 is replaced.
    public static func names(in path: FilePath) throws(FileError) -> [String] {
        try byteNames(in: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names in a folder as the file system's bytes, `.` and `..` left out, in byte order.
    ///
    /// - Parameter limit: the most names that it may have.
    public static func byteNames(in path: FilePath, limit: Int = .max) throws(FileError) -> [[UInt8]] {
        guard let folder = path.withPlatformString({ opendir($0) }) else {
            throw last("read the folder", path)
        }
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [0x2e] || name == [0x2e, 0x2e] { continue }
            names.append(name)
            if names.count > limit {
                throw unusable(
                    "read the folder",
                    path,
                    "it has more than \(limit) files, the most it may have here (\(Limits.hint))"
                )
            }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Removes a file or a folder with all that is in it; links are removed, not followed. Nothing happens if there is
    /// none.
    public static func remove(_ path: FilePath) throws(FileError) {
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
        for name in try byteNames(in: path) { try remove(path.appending(bytes: name)) }
        guard path.withPlatformString({ rmdir($0) }) == 0 else { throw last("remove", path) }
    }

    /// Bytes that the file system of the nearest existing folder can still take from this user.
    public static func freeSpace(at path: FilePath) -> UInt64? {
        var folder = path
        while !exists(folder), folder.removeLastComponent() {}
        var status = statvfs()
        guard folder.withPlatformString({ statvfs($0, &status) }) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// The path seen from the root; links stay as they are.
    public static func absolute(_ path: FilePath) -> FilePath {
        if path.isAbsolute { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return FilePath(platformString: here).pushing(path).lexicallyNormalized()
    }

    /// What a symbolic link says.
    public static func linkTarget(_ path: FilePath) throws(FileError) -> FilePath {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard path.withPlatformString({ readlink($0, &bytes, Int(PATH_MAX)) }) >= 0 else {
            throw last("read the link", path)
        }
        return FilePath(platformString: bytes)
    }

    /// The path without any link in it; nil if nothing is there.
    static func resolved(_ path: FilePath) -> FilePath? {
        guard let text = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(text) }
        return FilePath(platformString: text)
    }

    static func last(_ operation: String, _ path: FilePath) -> FileError {
        FileError(operation: operation, path: path, errno: Errno(rawValue: errno))
    }
}

extension FilePath {
    /// This path with one more component, given as the file system's bytes:
    /// a name need not be UTF-8.
    public func appending(bytes name: [UInt8]) -> FilePath {
        let platform = name.map { CChar(bitPattern: $0) } + [0]
        return pushing(FilePath(platformString: platform))
    }

    /// The path's own bytes.
    public var bytes: [UInt8] {
        withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
}
