// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// What a work folder is known to hold, kept in a file alongside it so that an interrupted run can be finished.
enum WorkFolderState: Equatable {
    /// Exactly the files of this tree, and whatever else was put there since. The tree may be gone by the next run;
    /// what it differs in from one that stays is then enough.
    case holds(ObjectID, Reference?)
    /// At each path, what one of these trees has there, or a half-written file; nil stands for the empty tree.
    case changing([ObjectID?])
    /// A tree that outlives the process, and the paths at which it isn't what the folder holds.
    struct Reference: Equatable {
        let tree: ObjectID
        let paths: [String]
    }

    /// There is a file, but it makes no sense: the folder is ours, and anything may be in it.
    case unreadable

    private static let title = "kpatch-gen work folder, format 1"

    /// Reads a state file; nil if there is none.
    init?(file: String) throws(GitError) {
        guard let bytes = try readFile(file) else { return nil }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")[...]
        self = .unreadable
        guard lines.popFirst() == Substring(Self.title), let verb = lines.popFirst() else { return }
        switch verb {
        case "holds":
            guard let tree = lines.popFirst().flatMap({ ObjectID(hex: String($0)) }), tree != .zero else {
                return
            }
            guard let line = lines.popFirst() else {
                self = .holds(tree, nil)
                return
            }
            guard let reference = ObjectID(hex: String(line)) else { return }
            self = .holds(tree, Reference(tree: reference, paths: lines.map(String.init)))
        case "changing":
            var trees: [ObjectID?] = []
            for line in lines {
                guard let id = ObjectID(hex: String(line)) else { return }
                trees.append(id == .zero ? nil : id)
            }
            if !trees.isEmpty { self = .changing(trees) }
        default: break
        }
    }

    /// Replaces the state file, so that there is always a whole one.
    func write(to file: String) throws(GitError) {
        let lines: [String]
        switch self {
        case .holds(let tree, let reference):
            lines =
                ["holds", tree.description]
                + (reference.map { [$0.tree.description] + $0.paths } ?? [])
        case .changing(let trees): lines = ["changing"] + trees.map { ($0 ?? .zero).description }
        case .unreadable: lines = []
        }
        let text = ([Self.title] + lines).map { $0 + "\n" }.joined()
        let temporary = file + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw systemError("create '\(temporary)'") }
        defer { close(descriptor) }
        try Array(text.utf8).withUnsafeBytes { bytes in
            Result { () throws(GitError) in try writeAll(bytes, to: descriptor, path: temporary) }
        }.get()
        guard fsync(descriptor) == 0 else { throw systemError("write '\(temporary)'") }
        guard rename(temporary, file) == 0 else { throw systemError("rename '\(temporary)' to '\(file)'") }
    }
}
