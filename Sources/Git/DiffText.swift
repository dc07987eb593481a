// SPDX-License-Identifier: GPL-2.0-only

extension Repository {
    /// A unified diff between two trees, byte for byte as `git diff --no-renames --abbrev=12 --binary` writes it.
    public func diffText(from oldTree: ObjectID?, to newTree: ObjectID?) throws(GitError) -> [UInt8] {
        try filePatches(from: oldTree, to: newTree).flatMap(\.text)
    }

    func filePatches(from oldTree: ObjectID?, to newTree: ObjectID?) throws(GitError) -> [FilePatch] {
        var patches: [FilePatch] = []
        for change in try diff(from: oldTree, to: newTree) {
            switch change.kind {
            case .typeChanged:
                // git shows a change of type as a removal and an addition.
                patches.append(try filePatch(change.path, from: change.old, to: nil))
                patches.append(try filePatch(change.path, from: nil, to: change.new))
            case .added, .deleted, .modified:
                patches.append(try filePatch(change.path, from: change.old, to: change.new))
            }
        }
        return patches
    }

    private func filePatch(
        _ path: String,
        from old: TreeChange.File?,
        to new: TreeChange.File?
    ) throws(GitError) -> FilePatch {
        try FilePatch(
            path: path,
            old: old,
            new: new,
            oldBytes: try diffBytes(old, path),
            newBytes: try diffBytes(new, path)
        )
    }

    private func diffBytes(_ file: TreeChange.File?, _ path: String) throws(GitError) -> [UInt8] {
        guard let file else { return [] }
        // The commit of a submodule is not in this repository; git shows its name.
        guard file.mode != .submodule else { return Array("Subproject commit \(file.id)\n".utf8) }
        return try blobBytes(file.id, of: path)
    }
}
