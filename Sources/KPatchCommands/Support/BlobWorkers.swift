// SPDX-License-Identifier: GPL-2.0-only

import Dispatch
import Git
import PatchSeries

/// Reads and writes blobs on two processors: inflating, lexing and deflating x86.c and its like is most of what `apply`
/// does.
///
/// What a worker can't do is left out of the answer, without a word: the caller then does it itself and sees why.
struct BlobWorkers: Sendable {
    /// The repository's .git folder: each worker opens it for itself, as libgit2 wants.
    let folder: String

    /// The files of a tree at these paths, with their structure.
    func read(_ paths: [String], of tree: ObjectID) -> [String: BaseFile] {
        map(paths) { path, repository in
            guard let blob = try? repository.blob(at: path, inTree: tree) else { return nil }
            return (path, BaseFile(path: path, bytes: blob.bytes))
        }
    }

    /// Writes a patch's files; their blobs by path.
    func write(_ files: [RenderedFile]) -> [String: ObjectID] {
        map(files) { file, repository in (try? repository.writeBlob(file.bytes)).map { (file.path, $0) } }
    }

    private func map<Element: Sendable, Value: Sendable>(
        _ elements: [Element],
        _ body: @Sendable (Element, borrowing Repository) -> (String, Value)?
    ) -> [String: Value] {
        let queue = Locked(elements[...])
        let done = Locked<[String: Value]>([:])
        DispatchQueue.concurrentPerform(iterations: min(2, elements.count)) { _ in
            guard let repository = try? Repository.open(at: folder) else { return }
            while let element = queue.withLock({ $0.popFirst() }) {
                guard let (key, value) = body(element, repository) else { continue }
                done.withLock { $0[key] = value }
            }
        }
        return done.value
    }
}
