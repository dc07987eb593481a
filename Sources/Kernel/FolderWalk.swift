// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// The files of a folder, all levels, in the byte order of their paths.
struct FolderWalk {
    /// What git can hold, with git's modes.
    enum Kind: String {
        case file = "100644"
        case executable = "100755"
        case link = "120000"
    }

    struct Entry {
        /// Relative to the folder, as the file system's bytes.
        let path: [UInt8]
        let kind: Kind
    }

    let entries: [Entry]

    /// - Parameter skip: names at the folder's top level to leave out.
    init(_ folder: FilePath, skipping skip: Set<String> = []) throws(TreeError) {
        var entries: [Entry] = []
        var pending: [[UInt8]] = [[]]
        while let prefix = pending.popLast() {
            let here = prefix.isEmpty ? folder : folder.appending(bytes: prefix)
            let names: [[UInt8]]
            do { names = try Files.names(in: here) } catch { throw .file(error) }
            for name in names {
                if prefix.isEmpty, skip.contains(String(decoding: name, as: UTF8.self)) { continue }
                let path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
                let full = folder.appending(bytes: path)
                // fast-import takes such a name, and everything else in git chokes on it.
                if String(decoding: name, as: UTF8.self).lowercased() == ".git" { throw .gitInside(full) }
                var status = stat()
                guard full.withPlatformString({ lstat($0, &status) }) == 0 else {
                    throw .file(FileError(operation: "examine", path: full, errno: Errno(rawValue: errno)))
                }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: pending.append(path)
                case S_IFREG:
                    entries.append(Entry(path: path, kind: status.st_mode & 0o100 == 0 ? .file : .executable))
                case S_IFLNK: entries.append(Entry(path: path, kind: .link))
                default: throw .specialFile(full)
                }
            }
        }
        self.entries = entries.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }
}
