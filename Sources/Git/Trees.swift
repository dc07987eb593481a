// SPDX-License-Identifier: GPL-2.0-only

import Base
import Clibgit2

/// What kind of thing a tree's entry is; the raw value is the mode that git prints, e.g. `100644`.
public enum FileMode: UInt32, Sendable, Hashable, CustomStringConvertible {
    /// A plain file.
    case regular = 0o100644
    /// A file with the execute bit.
    case executable = 0o100755
    /// A symbolic link; the blob is its target.
    case symbolicLink = 0o120000
    /// A folder: the object is a tree.
    case folder = 0o040000
    /// A submodule: the object is a commit elsewhere.
    case submodule = 0o160000

    /// Six octal digits.
    public var description: String {
        (self == .folder ? "0" : "") + String(rawValue, radix: 8)
    }

    init(_ raw: git_filemode_t, of path: String) throws(GitError) {
        guard let mode = FileMode(rawValue: raw.rawValue) else {
            throw GitError(
                .objectCorrupt,
                "'\(path)' has the unknown file mode \(String(raw.rawValue, radix: 8))",
                advice: "check the repository with: git fsck"
            )
        }
        self = mode
    }
}

/// A file's content and mode in some tree.
public struct Blob: Sendable, Hashable {
    /// The content's name.
    public let id: ObjectID
    /// A plain file, an executable one, or a symbolic link.
    public let mode: FileMode
    /// The content.
    public let bytes: [UInt8]

    /// A file's content and mode.
    public init(id: ObjectID, mode: FileMode, bytes: [UInt8]) {
        self.id = id
        self.mode = mode
        self.bytes = bytes
    }
}

/// One line of a folder's listing.
public struct TreeEntry: Sendable, Hashable {
    /// The name without any folder.
    public let name: String
    /// The blob, tree or commit.
    public let id: ObjectID
    /// What it is.
    public let mode: FileMode
}

extension Repository {
    /// The mode of what is at a path, without reading it; nil if there is nothing.
    ///
    /// - Throws: `objectMissing`, `objectCorrupt`.
    public func mode(at path: String, inTree tree: ObjectID) throws(GitError) -> FileMode? {
        try entry(at: path, inTree: tree)?.mode
    }

    /// A file of a tree; nil if there is nothing at the path.
    ///
    /// - Parameter limit: the most bytes that it may have; more are not read.
    /// - Throws: `pathNotFound` if the path is a folder or submodule, `tooLarge`, `objectMissing`, `objectCorrupt`.
    public func blob(at path: String, inTree tree: ObjectID, limit: Int = .max) throws(GitError) -> Blob? {
        guard let entry = try entry(at: path, inTree: tree) else { return nil }
        guard entry.mode != .folder, entry.mode != .submodule else {
            throw GitError(.pathNotFound, "'\(path)' is not a file in tree \(tree)", advice: "name a file")
        }
        var size = 0
        var kind = GIT_OBJECT_ANY
        var raw = entry.id.raw
        // What can't be asked for can't be read either, which has a better message.
        if limit < .max, git_odb_read_header(&size, &kind, objects.pointer, &raw) == 0, size > limit {
            throw GitError(
                .tooLarge,
                "'\(path)' has \(size) bytes, and \(limit) are the most that are read of a kernel's file",
                advice: Limits.hint
            )
        }
        return Blob(id: entry.id, mode: entry.mode, bytes: try blobBytes(entry.id, of: path))
    }

    /// What a folder of a tree holds, in git's order; "" is the top. Nil if there is nothing at the path.
    ///
    /// - Throws: `pathNotFound` if the path is a file, `objectMissing`, `objectCorrupt`.
    public func entries(ofFolder path: String, inTree tree: ObjectID) throws(GitError) -> [TreeEntry]? {
        var folder = tree
        if !path.isEmpty {
            guard let entry = try entry(at: path, inTree: tree) else { return nil }
            guard entry.mode == .folder else {
                throw GitError(
                    .pathNotFound,
                    "'\(path)' is not a folder in tree \(tree)",
                    advice: "name a folder"
                )
            }
            folder = entry.id
        }
        let handle = try treeHandle(folder)
        var entries: [TreeEntry] = []
        for index in 0..<git_tree_entrycount(handle.pointer) {
            guard let entry = git_tree_entry_byindex(handle.pointer, index) else { continue }
            entries.append(try TreeEntry(entry))
        }
        return entries
    }

    /// The content of a blob.
    ///
    /// - Parameter path: for messages.
    /// - Throws: `objectMissing`, `objectCorrupt`.
    public func bytes(of blob: ObjectID, path: String) throws(GitError) -> [UInt8] {
        try blobBytes(blob, of: path)
    }

    /// Stores a file's content.
    public func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        var id = git_oid()
        // Not git_blob_create_from_buffer(), which deflates also what is there already.
        try check(
            git_odb_write(&id, objects.pointer, bytes, bytes.count, GIT_OBJECT_BLOB),
            "store a file's content"
        )
        return ObjectID(id)
    }

    /// What is at a path, without reading it; nil if there is nothing.
    ///
    /// - Throws: `objectMissing`, `objectCorrupt`.
    public func entry(at path: String, inTree tree: ObjectID) throws(GitError) -> TreeEntry? {
        let tree = try treeHandle(tree)
        var pointer: OpaquePointer?
        let code = git_tree_entry_bypath(&pointer, tree.pointer, path)
        guard code == 0, let pointer else {
            let failure = LibraryFailure(code: code)
            // The same code stands for a path that is not in the tree and for a tree object that is missing.
            if failure.isOf(GIT_ENOTFOUND), !failure.isOf(GIT_ERROR_ODB) { return nil }
            throw try objectError(failure, "look up '\(path)'")
        }
        let handle = TreeEntryHandle(pointer: pointer)
        return try TreeEntry(handle.pointer)
    }

    func blobBytes(_ id: ObjectID, of path: String) throws(GitError) -> [UInt8] {
        try object(id, of: path).withBytes { bytes throws(GitError) in Array(bytes) }
    }

    func object(_ id: ObjectID, of path: String) throws(GitError) -> DatabaseObject {
        var raw = id.raw
        var pointer: OpaquePointer?
        let code = git_odb_read(&pointer, objects.pointer, &raw)
        guard code == 0, let pointer else {
            throw try objectError(LibraryFailure(code: code), "read '\(path)' (\(id))")
        }
        return DatabaseObject(pointer: pointer)
    }

    func treeHandle(_ id: ObjectID) throws(GitError) -> TreeHandle {
        var raw = id.raw
        var pointer: OpaquePointer?
        let code = git_tree_lookup(&pointer, self.pointer, &raw)
        guard code == 0, let pointer else {
            throw try objectError(LibraryFailure(code: code), "read tree \(id)")
        }
        return TreeHandle(pointer: pointer)
    }
}

extension TreeEntry {
    init(_ pointer: OpaquePointer) throws(GitError) {
        name = try text(git_tree_entry_name(pointer), of: "a file name")
        mode = try FileMode(git_tree_entry_filemode(pointer), of: name)
        guard let id = git_tree_entry_id(pointer) else {
            throw GitError(.objectCorrupt, "'\(name)' names no object", advice: "check it with: git fsck")
        }
        self.id = ObjectID(id.pointee)
    }
}
