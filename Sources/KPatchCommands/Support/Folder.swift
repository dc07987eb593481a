// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// Reading and writing files by path, with errors that name the path.
enum Folder {
    static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

    static func isFolder(_ path: FilePath) -> Bool {
        var status = Glibc.stat()
        return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func read(_ path: FilePath) throws(Failure) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes += chunk[..<count]
                }
            }
        } catch {
            throw Failure(.infrastructure, "can't read \(path): \(error)")
        }
    }

    /// Writes the file under a temporary name first, so that nobody ever sees half of it.
    static func write(_ bytes: [UInt8], to path: FilePath, executable: Bool = false) throws(Failure) {
        let temporary = FilePath(path.string + ".\(getpid()).tmp")
        do {
            let mode: FilePermissions =
                executable ? FilePermissions(rawValue: 0o755) : FilePermissions(rawValue: 0o644)
            let file = try FileDescriptor.open(
                temporary,
                .writeOnly,
                options: [.create, .truncate],
                permissions: mode
            )
            try file.closeAfter { _ = try file.writeAll(bytes) }
        } catch {
            unlink(temporary.string)
            throw Failure(.infrastructure, "can't write \(path): \(error)")
        }
        guard rename(temporary.string, path.string) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary.string)
            throw Failure(.infrastructure, "can't write \(path): \(reason)")
        }
    }

    /// Makes a folder and those above it.
    static func make(_ path: FilePath) throws(Failure) {
        if isFolder(path) || path.string.isEmpty { return }
        try make(path.removingLastComponent())
        guard mkdir(path.string, 0o755) == 0 || errno == EEXIST else {
            throw Failure(
                .infrastructure,
                "can't make the folder \(path): \(String(cString: strerror(errno)))"
            )
        }
    }

    /// Removes a folder with all that is in it; nothing happens if there is none. Links are not followed.
    static func remove(_ path: FilePath) throws(Failure) {
        var status = Glibc.stat()
        guard lstat(path.string, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try allNames(in: path) { try remove(path.appending(name)) }
        }
        guard Glibc.remove(path.string) == 0 else {
            throw Failure(.infrastructure, "can't remove \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Names in a folder, sorted, without hidden ones.
    static func names(in path: FilePath) throws(Failure) -> [String] {
        // Editors leave backups and swap files beside what they edit; .gitignore is a file like others.
        try allNames(in: path).filter { !$0.hasSuffix("~") && !$0.hasSuffix(".swp") }
    }

    private static func allNames(in path: FilePath) throws(Failure) -> [String] {
        guard let stream = opendir(path.string) else {
            throw Failure(
                .infrastructure,
                "can't read the folder \(path): \(String(cString: strerror(errno)))"
            )
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Every file below a folder, by its path relative to it.
    static func files(in root: FilePath) throws(Failure) -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        var pending = [""]
        while let prefix = pending.popLast() {
            for name in try names(in: root.appending(prefix)) {
                let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
                if isFolder(root.appending(path)) {
                    pending.append(path)
                } else {
                    result[path] = try read(root.appending(path))
                }
            }
        }
        return result
    }
}
