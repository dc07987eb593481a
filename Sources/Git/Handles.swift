// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

// One owner for each kind of libgit2 handle. All of them import as OpaquePointer, so that freeing the wrong kind
// would compile: nothing outside this file frees a handle.

struct TreeHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_tree_free(pointer) }
}

struct TreeBuilderHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_treebuilder_free(pointer) }
}

struct TreeEntryHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_tree_entry_free(pointer) }
}

struct DiffHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_diff_free(pointer) }
}

struct IndexHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_index_free(pointer) }
}

struct CommitHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_commit_free(pointer) }
}

struct ObjectHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_object_free(pointer) }
}

struct ObjectDatabase: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_odb_free(pointer) }
}

struct DatabaseObject: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_odb_object_free(pointer) }

    /// The object's content, valid only during the call.
    func withBytes<Value>(
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> Value
    ) throws(GitError) -> Value {
        try body(
            UnsafeRawBufferPointer(start: git_odb_object_data(pointer), count: git_odb_object_size(pointer))
        )
    }
}

struct PatchHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_patch_free(pointer) }
}

struct ReferenceIterator: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_reference_iterator_free(pointer) }
}

struct TransactionHandle: ~Copyable {
    let pointer: OpaquePointer
    /// Also gives up every lock that was not committed.
    deinit { git_transaction_free(pointer) }
}

struct ConfigHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_config_free(pointer) }
}

struct ConfigIterator: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_config_iterator_free(pointer) }
}

struct NoteHandle: ~Copyable {
    let pointer: OpaquePointer
    deinit { git_note_free(pointer) }
}

struct SignatureHandle: ~Copyable {
    let pointer: UnsafeMutablePointer<git_signature>
    deinit { git_signature_free(pointer) }
}

/// A buffer that libgit2 fills and that has to be given back.
struct Buffer: ~Copyable {
    var raw = git_buf()
    deinit {
        var raw = raw
        git_buf_dispose(&raw)
    }

    var bytes: [UInt8] {
        Array(UnsafeRawBufferPointer(start: raw.ptr, count: raw.size))
    }

    var text: String {
        String(decoding: bytes, as: UTF8.self)
    }
}

struct MergeFileHandle: ~Copyable {
    var raw = git_merge_file_result()
    deinit {
        var raw = raw
        git_merge_file_result_free(&raw)
    }

    var bytes: [UInt8] {
        Array(UnsafeRawBufferPointer(start: raw.ptr, count: raw.len))
    }
}
