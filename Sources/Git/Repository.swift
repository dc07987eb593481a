// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// An open git repository. Nothing here opens its index or touches its work tree: commits are made from objects,
/// and a reference moves last. For one thread at a time; open a second one for a second thread.
public struct Repository: ~Copyable {
    let pointer: OpaquePointer
    let objects: ObjectDatabase
    /// Whether new objects stay in memory; see `useMemoryObjects()`.
    public internal(set) var keepsObjectsInMemory = false

    /// Owns `pointer` from here on, also when it throws.
    init(owning pointer: OpaquePointer) throws(GitError) {
        var database: OpaquePointer?
        let code = git_repository_odb(&database, pointer)
        guard code == 0, let database else {
            let failure = LibraryFailure(code: code)
            git_repository_free(pointer)
            throw failure.error(while: "open the object database")
        }
        self.pointer = pointer
        objects = ObjectDatabase(pointer: database)
    }

    deinit {
        git_repository_free(pointer)
    }

    /// Whether the repository has no work tree of its own.
    public var isBare: Bool {
        git_repository_is_bare(pointer) == 1
    }

    /// Whether history was cut off when the repository was cloned.
    public var isShallow: Bool {
        git_repository_is_shallow(pointer) == 1
    }

    /// Whether a server is expected to hand out objects that the clone left out (`git clone --filter`).
    public var isPartial: Bool {
        get throws(GitError) {
            try readableConfiguration().hasMatch(#"^(extensions\.partialclone|remote\..*\.promisor)$"#)
        }
    }

    /// The `.git` folder (of a linked work tree: its own, below `worktrees/`), with a slash at the end.
    public var gitDirectory: String {
        git_repository_path(pointer).map { String(cString: $0) } ?? ""
    }

    /// The folder that all work trees share: objects, branches and configuration live there.
    public var commonDirectory: String {
        git_repository_commondir(pointer).map { String(cString: $0) } ?? ""
    }

    /// The work tree's top folder, with a slash at the end; nil in a bare repository.
    public var workingDirectory: String? {
        git_repository_workdir(pointer).map { String(cString: $0) }
    }
}
