// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

extension Repository {
    /// From now on new blobs, trees and commits stay in this process's memory: a dry run makes the same objects as
    /// the real one and leaves the repository as it is. References can't be moved any more.
    public mutating func useMemoryObjects() throws(GitError) {
        guard !keepsObjectsInMemory else { return }
        // Writing an object that exists would renew its file's times.
        for index in 0..<git_odb_num_backends(objects.pointer) {
            var backend: UnsafeMutablePointer<git_odb_backend>?
            try check(git_odb_get_backend(&backend, objects.pointer, index), "keep objects in memory")
            backend?.pointee.freshen = nil
        }
        var memory: UnsafeMutablePointer<git_odb_backend>?
        try check(git_mempack_new(&memory), "keep objects in memory")
        // The highest priority takes every write; the database owns the backend.
        try check(git_odb_add_backend(objects.pointer, memory, 999), "keep objects in memory")
        keepsObjectsInMemory = true
    }

    /// A reference to an object that exists in memory only would break the repository.
    func checkMayWriteReferences() throws(GitError) {
        guard keepsObjectsInMemory else { return }
        throw GitError(
            .other,
            "a reference can't be moved while objects are kept in memory",
            advice: "this is a fault of the caller: a dry run must not move references"
        )
    }
}
