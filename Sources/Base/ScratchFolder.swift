// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage

/// Owns a folder for work of one run; it goes when this value does.
public struct ScratchFolder: ~Copyable, Sendable {
    public let path: FilePath

    /// Makes a folder with an unused name that begins with `prefix`.
    public init(in folder: FilePath, prefix: String) throws(FileError) {
        path = try Files.makeTemporaryFolder(in: folder, prefix: prefix)
    }

    deinit {
        // What stays of it lies in the state folder's tmp, which anybody may empty.
        try? Files.remove(path)
    }
}
