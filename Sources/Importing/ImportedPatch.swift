// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git

/// A patch, whatever it was read from: two trees and what was said about it.
package struct ImportedPatch {
    /// For messages: a commit, or the file and line of a mail.
    let name: String
    /// As a commit stores it.
    let message: String
    let author: Signature
    let messageID: String?
    /// The tree before, and the one after.
    let before: ObjectID
    let after: ObjectID

    var subject: String { message.lines.first.map(String.init) ?? "" }
}

extension Repository {
    /// The commits behind `base` up to `tip`, oldest first.
    package func patches(from base: Commit, to tip: ObjectID) throws -> [ImportedPatch] {
        var patches: [ImportedPatch] = []
        var commit = try self.commit(tip)
        while commit.id != base.id {
            let name = "commit \(commit.id.abbreviated) (\(commit.message.prefix { $0 != "\n" }))".onOneLine
            guard commit.parents.count == 1 else {
                throw ImportError(
                    .source,
                    commit.parents.isEmpty
                        ? "\(base.id.abbreviated) is not below \(tip.abbreviated): its history ends at \(name)\nname the commit that the patches stand on"
                        : "\(name) is a merge: a series is a straight line of patches\nrebase them on one base, or import the ranges on either side"
                )
            }
            guard patches.count < ImportLimit.patches else {
                throw ImportError(
                    .source,
                    "more than \(ImportLimit.patches) commits from \(base.id.abbreviated) to \(tip.abbreviated), which is the limit\nname a nearer base"
                )
            }
            let parent = try self.commit(commit.parents[0])
            guard parent.tree != commit.tree else {
                throw ImportError(
                    .source,
                    "\(name) changes nothing\nleave it out: git rebase --no-keep-empty"
                )
            }
            guard try hasPlainMessage(commit.id) else {
                throw ImportError(
                    .source,
                    "\(name) has a message or an author that isn't UTF-8\nmake it anew, which takes its encoding into account: git commit --amend --no-edit"
                )
            }
            if let fault = MailFault(of: commit.message) {
                throw ImportError(.source, "\(name) has \(fault.what)\n\(fault.advice): git commit --amend")
            }
            guard SignOff.withOneNewline(commit.message) == commit.message else {
                throw ImportError(
                    .source,
                    "\(name) has a message that doesn't end with one newline, as git's own do\nmake it anew: git commit --amend"
                )
            }
            patches.append(
                ImportedPatch(
                    name: name,
                    message: commit.message,
                    author: commit.author,
                    messageID: nil,
                    before: parent.tree,
                    after: commit.tree
                )
            )
            commit = parent
        }
        guard !patches.isEmpty else {
            throw ImportError(.source, "there is no commit behind \(base.id.abbreviated) in the range")
        }
        return patches.reversed()
    }

    /// What patches as texts make of a tree, one after the other; new objects go where the repository keeps them.
    ///
    /// - Parameters:
    ///   - base: what messages call the tree.
    ///   - fallback: the author of a patch that names none.
    ///   - fitting: the names of other trees that some files of a patch fit.
    package func patches(
        _ texts: [TextPatch],
        on tree: ObjectID,
        of base: String,
        fallback: Signature,
        fitting: ([TextPatch]) -> [String]
    ) throws -> [ImportedPatch] {
        var tree = tree
        var patches: [ImportedPatch] = []
        for text in texts {
            try Task.checkCancellation()
            let patch = try PatchText(text.mail.patch, name: text.name, strip: text.strip)
            guard !patch.files.isEmpty else {
                throw ImportError(.source, "\(text.name): there is no patch in this mail")
            }
            if let date = text.mail.dateText, text.mail.date == nil {
                throw ImportError(
                    .source,
                    "\(text.name): git can't read the date '\(date.onOneLine)'\nwrite it as mails have it: Wed, 24 Feb 2021 08:59:15 +0000"
                )
            }
            let next = try apply(patch, text, to: tree, base, fitting: { fitting([text]) })
            guard next != tree else { throw ImportError(.source, "\(text.name): the patch changes nothing") }
            patches.append(
                ImportedPatch(
                    name: text.name,
                    message: text.mail.message,
                    author: text.mail.email.isEmpty
                        ? fallback
                        : Signature(
                            name: text.mail.name,
                            email: text.mail.email,
                            time: text.mail.date ?? fallback.time
                        ),
                    messageID: text.messageID,
                    before: tree,
                    after: next
                )
            )
            tree = next
        }
        return patches
    }

    /// Whether a patch's files are such that its hunks fit, in the first tree that it meets.
    package func fits(_ text: TextPatch, tree: ObjectID) -> Bool {
        guard let patch = try? PatchText(text.mail.patch, name: text.name, strip: text.strip) else {
            return false
        }
        return patch.files.allSatisfy { file in
            guard let old = file.old else { return true }
            guard let blob = try? blob(at: old, inTree: tree) else { return false }
            if case .success = file.applied(to: blob.bytes) { return true }
            return false
        }
    }

    private func apply(
        _ patch: PatchText,
        _ text: TextPatch,
        to tree: ObjectID,
        _ base: String,
        fitting: () -> [String]
    ) throws -> ObjectID {
        var edits: [String: TreeEdit] = [:]
        var problems: [String] = []
        for file in patch.files {
            let place = "\(text.name)+\(file.line)"
            if let old = file.old, old != file.new, !file.isCopy {
                edits[old] = edits[old] ?? .remove(path: old)
            }
            var blob = try file.old.flatMap { try self.blob(at: $0, inTree: tree) }
            // A patch of before git may come to a file twice.
            if let old = file.old, old == file.new, case .upsert(_, let id, let mode) = edits[old] {
                blob = Blob(id: id, mode: mode, bytes: try self.bytes(of: id, path: old))
            }
            if let old = file.old, blob == nil {
                problems.append("\(old) is not there (\(place))")
                continue
            }
            if let new = file.new, let link = try obstacle(above: new, in: tree) {
                problems.append("\(link) is no folder (\(place))")
                continue
            }
            // What git calls a change of type is two: the one is gone by now.
            let isGone = if case .remove? = file.new.flatMap({ edits[$0] }) { true } else { false }
            if file.old == nil, !isGone, let new = file.new, try entry(at: new, inTree: tree) != nil {
                problems.append("\(new) is there already (\(place))")
                continue
            }
            if let binary = file.binary {
                guard let new = file.new else { continue }
                let id: ObjectID
                do {
                    id = try applyBinary(binary, path: new, to: tree)
                } catch {
                    throw ImportError(
                        .source,
                        "\(place): the binary patch of \(new) is damaged, or made on another file: \(error)"
                    )
                }
                edits[new] = .upsert(path: new, blob: id, mode: try Self.mode(file, blob, place))
                continue
            }
            switch file.applied(to: blob?.bytes ?? []) {
            case .failure(let misfit):
                problems.append(
                    "\(file.path):\(misfit.start): the hunk at line \(misfit.hunk) of the patch doesn't fit"
                )
            case .success(let bytes):
                guard let new = file.new else { continue }
                edits[new] = .upsert(
                    path: new,
                    blob: try writeBlob(bytes),
                    mode: try Self.mode(file, blob, place)
                )
            }
        }
        guard problems.isEmpty else {
            let others = fitting()
            let advice =
                others.isEmpty
                ? "name the commit that it was made on: --base"
                : "it fits the local tree \(others.joined(separator: ", ")): --tree"
            throw ImportError(
                .base,
                (["\(text.name): '\(text.mail.subject.onOneLine)' was made on another base than \(base):"]
                    + problems.prefix(20).map { "    \($0)" } + [advice]).joined(separator: "\n")
            )
        }
        return try updateTree(tree, edits: edits.sorted { $0.key < $1.key }.map(\.value))
    }

    /// A file or link that stands where a path needs a folder.
    private func obstacle(above path: String, in tree: ObjectID) throws -> String? {
        var parts = path.split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = parts.joined(separator: "/")
            if let entry = try entry(at: folder, inTree: tree) { return entry.mode == .folder ? nil : folder }
            parts.removeLast()
        }
        return nil
    }

    private static func mode(_ file: PatchText.File, _ blob: Blob?, _ place: String) throws(ImportError)
        -> FileMode
    {
        guard let word = file.newMode else { return blob?.mode ?? .regular }
        guard let mode = UInt32(word.prefix { $0 != " " }, radix: 8).flatMap(FileMode.init(rawValue:)),
            mode != .folder,
            mode != .submodule
        else {
            throw ImportError(.source, "\(place): a file of mode \(word.onOneLine) is not taken")
        }
        return mode
    }
}
