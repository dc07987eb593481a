// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// Writes and deletes below one folder; never follows a symbolic link on the way.
struct WorkFolderWriter {
    let folder: String
    var summary = WorkFolderSummary()
    private var knownFolders: Set<Substring> = []

    init(folder: String) {
        self.folder = withoutSlash(folder)
    }

    /// Makes a folder and those above it; a file that is in the way goes.
    mutating func makeFolder(_ path: String) throws(GitError) {
        if path.isEmpty {
            try makeFolders(leadingTo: folder)
        } else {
            try makeParents(of: path + "/")
        }
    }

    /// Whether a file is there already with the right content; its execute bit is put right.
    mutating func confirm(_ path: String, _ file: TreeChange.File) throws(GitError) -> Bool {
        let full = try location(path)
        guard try !passesLink(path), let status = try FileStatus(of: full),
            try hasContent(full, status, file)
        else { return false }
        let isExecutable = file.mode == .executable
        if status.isFile, status.isExecutable != isExecutable {
            guard chmod(full, isExecutable ? 0o755 : 0o644) == 0 else {
                throw systemError("change '\(full)'")
            }
            summary.written += 1
        } else {
            summary.confirmed += 1
        }
        return true
    }

    private func hasContent(
        _ full: String,
        _ status: FileStatus,
        _ file: TreeChange.File
    ) throws(GitError) -> Bool {
        switch file.mode {
        case .submodule, .folder:
            return status.isFolder
        case .symbolicLink:
            guard status.isSymbolicLink else { return false }
            return try ObjectID.ofBlob(linkTarget(full, size: status.size)) == file.id
        case .regular, .executable:
            guard status.isFile, let bytes = try readFile(full) else { return false }
            return try ObjectID.ofBlob(bytes) == file.id
        }
    }

    /// Writes a file or link anew, in place of whatever is there.
    mutating func write(_ path: String, _ mode: FileMode, _ bytes: UnsafeRawBufferPointer) throws(GitError) {
        let full = try location(path)
        try makeParents(of: path)
        if try !create(full, mode, bytes) {
            try removeAnything(full)
            guard try create(full, mode, bytes) else { throw systemError("create '\(full)'") }
        }
        summary.written += 1
    }

    /// Deletes a file or link if it is there, and the folders above it that become empty.
    mutating func delete(_ path: String) throws(GitError) {
        let full = try location(path)
        // A path that leads through a link would reach into another folder.
        guard try !passesLink(path), let status = try FileStatus(of: full) else { return }
        if status.isFolder {
            // A folder in place of the file is build output or a submodule; only an empty one can go.
            guard rmdir(full) == 0 || errno == ENOTEMPTY else { throw systemError("delete '\(full)'") }
        } else {
            guard unlink(full) == 0 else { throw systemError("delete '\(full)'") }
            summary.deleted += 1
        }
        var parent = Substring(path)
        while let slash = parent.lastIndex(of: "/") {
            parent = parent[..<slash]
            guard rmdir(folder + "/" + parent) == 0 else { break }
            knownFolders.remove(parent)
        }
    }

    /// Deletes what the target tree has no file for.
    mutating func deleteStrangers(keeping changes: [TreeChange]) throws(GitError) {
        var files: Set<String> = []
        var folders: Set<String> = []
        for change in changes where change.new != nil {
            files.insert(change.path)
            var parent = Substring(change.path)
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                guard folders.insert(String(parent)).inserted else { break }
            }
        }
        try deleteStrangers(in: "", files, folders)
    }

    private mutating func deleteStrangers(
        in parent: String,
        _ files: Set<String>,
        _ folders: Set<String>
    ) throws(GitError) {
        for name in try folderNames(folder + "/" + parent) {
            let path = parent + name
            if folders.contains(path) {
                guard try FileStatus(of: folder + "/" + path)?.isFolder == true else { continue }
                try deleteStrangers(in: path + "/", files, folders)
            } else if !files.contains(path) {
                try removeAnything(folder + "/" + path)
                summary.deleted += 1
            }
        }
    }

    /// False if something is there.
    private func create(_ full: String, _ mode: FileMode, _ bytes: UnsafeRawBufferPointer) throws(GitError)
        -> Bool
    {
        if mode == .symbolicLink {
            guard symlink(String(decoding: bytes, as: UTF8.self), full) != 0 else { return true }
            if errno == EEXIST { return false }
            throw systemError("make the link '\(full)'")
        }
        let descriptor = open(
            full,
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
            mode == .executable ? 0o755 : 0o644
        )
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw systemError("create '\(full)'")
        }
        do {
            try writeAll(bytes, to: descriptor, path: full)
        } catch {
            close(descriptor)
            throw error
        }
        // Some file systems report a full disk only now.
        guard close(descriptor) == 0 else { throw systemError("write '\(full)'") }
        return true
    }

    private mutating func makeParents(of path: String) throws(GitError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = path[..<slash]
        guard !knownFolders.contains(parent) else { return }
        try makeParents(of: String(parent))
        let full = folder + "/" + parent
        if mkdir(full, 0o755) != 0 {
            guard errno == EEXIST else { throw systemError("make the folder '\(full)'") }
            if try FileStatus(of: full)?.isFolder != true {
                try removeAnything(full)
                guard mkdir(full, 0o755) == 0 else { throw systemError("make the folder '\(full)'") }
            }
        }
        knownFolders.insert(parent)
    }

    private func makeFolders(leadingTo path: String) throws(GitError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw systemError("make the folder '\(path)'")
        }
        try makeFolders(leadingTo: String(path[..<slash]))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw systemError("make the folder '\(path)'")
        }
    }

    /// Whether a folder on the way is not a folder.
    private mutating func passesLink(_ path: String) throws(GitError) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        let parent = path[..<slash]
        if knownFolders.contains(parent) { return false }
        if try passesLink(String(parent)) { return true }
        guard let status = try FileStatus(of: folder + "/" + parent) else { return false }
        guard status.isFolder else { return true }
        knownFolders.insert(parent)
        return false
    }

    private func removeAnything(_ full: String) throws(GitError) {
        if unlink(full) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw systemError("delete '\(full)'") }
        for name in try folderNames(full) { try removeAnything(full + "/" + name) }
        guard rmdir(full) == 0 else { throw systemError("delete the folder '\(full)'") }
    }

    /// A tree can be made by anybody: its paths must not lead out of the folder.
    private func location(_ path: String) throws(GitError) -> String {
        let isSafe = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { name in
                !name.isEmpty && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
                    && !name.elementsEqual(".git".utf8)
            }
        guard isSafe else {
            throw GitError(
                .other,
                "the tree has the unsafe path '\(path)'",
                advice: "do not trust this repository"
            )
        }
        return folder + "/" + path
    }

    private func linkTarget(_ full: String, size: Int) throws(GitError) -> [UInt8] {
        var target = [CChar](repeating: 0, count: size + 1)
        let length = readlink(full, &target, target.count)
        guard length >= 0 else { throw systemError("read the link '\(full)'") }
        return target.prefix(length).map { UInt8(bitPattern: $0) }
    }
}
