// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// The files of a folder, all levels, in the byte order of their paths.
///
/// What is in the folder is not believed: FIFOs, devices, links out of it and what git can't hold are refused by name,
/// and everything is counted.
public struct FolderWalk: Sendable {
    /// What git can hold, with git's modes.
    public enum Kind: String, Sendable {
        case file = "100644"
        case executable = "100755"
        case link = "120000"
    }

    /// A file or a link.
    public struct Entry: Sendable {
        /// Relative to the folder, as the file system's bytes.
        public let path: [UInt8]
        public let kind: Kind
        /// Where its bytes are: elsewhere in the folder for what a link names.
        let location: FilePath
    }

    public let folder: FilePath
    public let entries: [Entry]
    /// What tells later whether everything is as it was; nil if a link leads elsewhere.
    public let stamp: FolderStamp?
    private let rules: FolderRules

    /// - Throws: `FileError`, `.unusable` for what the rules don't allow.
    public init(_ folder: FilePath, _ rules: FolderRules) throws(FileError) {
        var walker = Walker(folder, rules)
        try walker.walk()
        self.folder = folder
        self.rules = rules
        entries = walker.entries.sorted { $0.path.lexicographicallyPrecedes($1.path) }
        stamp = walker.stamp
    }

    /// The bytes of every file, by path.
    ///
    /// - Throws: also for a file that has become larger, or another kind of file, since the walk.
    public func contents() throws(FileError) -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        result.reserveCapacity(entries.count)
        for entry in entries where entry.kind != .link {
            guard let path = String(validating: entry.path, as: UTF8.self) else {
                throw Files.unusable("read", entry.location, "its name is not UTF-8")
            }
            result[path] = try Files.read(entry.location, limit: rules.fileBytes, followsLinks: false)
        }
        return result
    }
}

private struct Walker {
    let folder: FilePath
    let rules: FolderRules
    var entries: [FolderWalk.Entry] = []
    private(set) var stamp: FolderStamp? = FolderStamp()
    private var count = 0
    private var bytes = 0
    /// The folder's own path without links; made where a link has to be judged.
    private var root: FilePath?

    init(_ folder: FilePath, _ rules: FolderRules) {
        self.folder = folder
        self.rules = rules
    }

    mutating func walk() throws(FileError) {
        var pending: [(path: [UInt8], depth: Int)] = [([], 0)]
        stamp?.add([], try Self.status(folder))
        while let (prefix, depth) = pending.popLast() {
            if Task.isCancelled {
                throw FileError(operation: "read the folder", path: folder, reason: .interrupted)
            }
            let here = prefix.isEmpty ? folder : folder.appending(bytes: prefix)
            guard depth <= rules.depth else {
                throw Files.unusable("read", here, "it lies more than \(rules.depth) folders deep")
            }
            for name in try Files.byteNames(in: here, limit: rules.files) {
                let text = String(decoding: name, as: UTF8.self)
                if rules.passesOver(text, atTop: prefix.isEmpty) { continue }
                let path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
                let full = folder.appending(bytes: path)
                // fast-import takes such a name, and everything else in git chokes on it.
                if text.lowercased() == ".git" {
                    throw Files.unusable("read", full, "git can't hold this name")
                }
                count += 1
                guard count <= rules.files else {
                    throw Files.unusable(
                        "read the folder",
                        folder,
                        "it has more than \(rules.files) files, the most it may have here (\(Limits.hint))"
                    )
                }
                if let entry = try entry(path, full) {
                    entries.append(entry)
                } else {
                    pending.append((path, depth + 1))
                }
            }
        }
    }

    /// The entry at a path; nil for a folder.
    private mutating func entry(_ path: [UInt8], _ full: FilePath) throws(FileError) -> FolderWalk.Entry? {
        let status = try Self.status(full)
        stamp?.add(path, status)
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return nil
        case S_IFREG: return try file(path, full, status)
        case S_IFLNK:
            stamp = nil
            let target = try target(of: full, path)
            guard rules.links == .read else { return .init(path: path, kind: .link, location: full) }
            return try file(path, target, Self.status(target))
        default: throw Files.unusable("read", full, Files.unreadable(status) ?? "it is not a file")
        }
    }

    private mutating func file(_ path: [UInt8], _ location: FilePath, _ status: stat) throws(FileError)
        -> FolderWalk.Entry
    {
        if let kind = Files.unreadable(status) {
            throw Files.unusable(
                "read",
                folder.appending(bytes: path),
                "it is a link, and what it names: \(kind)"
            )
        }
        let size = Int(status.st_size)
        guard size <= rules.fileBytes else { throw Files.tooLarge(location, size, rules.fileBytes) }
        bytes += size
        guard bytes <= rules.totalBytes else {
            throw Files.unusable(
                "read the folder",
                folder,
                "its files have more than \(rules.totalBytes) bytes, the most they may have here (\(Limits.hint))"
            )
        }
        return .init(path: path, kind: status.st_mode & 0o100 == 0 ? .file : .executable, location: location)
    }

    /// What a link names, which has to lie below the folder.
    private mutating func target(of link: FilePath, _ path: [UInt8]) throws(FileError) -> FilePath {
        if rules.links == .kept {
            // Text alone decides: a kernel tree has links to files that a build makes.
            let text = try Files.linkTarget(link)
            guard !text.isAbsolute, Self.staysBelow(text, from: path) else {
                throw Files.unusable("read", link, "it is a link out of the folder")
            }
            return text
        }
        let root = root ?? Files.resolved(folder) ?? folder
        self.root = root
        guard let target = Files.resolved(link) else {
            throw Files.unusable("read", link, "it is a link to nothing")
        }
        guard target != root, target.starts(with: root) else {
            throw Files.unusable("read", link, "it is a link out of the folder")
        }
        return target
    }

    private static func staysBelow(_ target: FilePath, from path: [UInt8]) -> Bool {
        var depth = path.count { $0 == UInt8(ascii: "/") }
        for component in target.components {
            switch component.kind {
            case .parentDirectory: depth -= 1
            case .currentDirectory: break
            case .regular: depth += 1
            }
            if depth < 0 { return false }
        }
        return true
    }

    private static func status(_ path: FilePath) throws(FileError) -> stat {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { throw Files.last("examine", path) }
        return status
    }
}
