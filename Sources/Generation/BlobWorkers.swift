// SPDX-License-Identifier: GPL-2.0-only

import Base
import Dispatch
import Git
import PatchSeries
import Synchronization

/// Reads and writes blobs on two processors: inflating, lexing and deflating x86.c and its like is most of what `apply`
/// does.
///
/// What can't be done is left out of the answer, without a word: the caller then does it itself and sees why.
package final class BlobWorkers: Sendable {
    /// A repository for the second thread alone, as libgit2 wants.
    private final class Second {
        let repository: Repository

        init(at folder: String) throws(GitError) { repository = try Repository.open(at: folder) }
    }

    private let second = Mutex<Second?>(nil)
    /// What was read of the tree that was asked for last, or is being read.
    private let known = Locked(Known())

    private struct Known {
        var tree: ObjectID?
        /// Also those that aren't there.
        var asked: Set<String> = []
        var files: [String: BaseFile] = [:]
        var ahead: SharedWork<String, BaseFile>?
    }

    /// Begins to read files of a tree on the second thread, for whoever calls `read` later.
    package func readAhead(_ paths: [String], of tree: ObjectID, in repository: borrowing Repository) {
        let work = reading(paths, of: tree)
        start(work, in: repository)
        known.withLock { $0 = Known(tree: tree, asked: Set(paths), ahead: work) }
    }

    /// The files of a tree at these paths, with their structure, and those that were read of it before.
    package func read(
        _ paths: [String],
        of tree: ObjectID,
        in repository: borrowing Repository
    ) -> [String: BaseFile] {
        var known = known.value
        if known.tree != tree { known = Known(tree: tree) }
        if let ahead = known.ahead {
            known.files = ahead.finish(in: repository)
            known.ahead = nil
        }
        let others = paths.filter { known.asked.insert($0).inserted }
        if !others.isEmpty {
            let work = reading(others, of: tree)
            start(work, in: repository)
            known.files.merge(work.finish(in: repository)) { $1 }
        }
        self.known.withLock { [known] in $0 = known }
        return known.files
    }

    /// Writes files; their blobs by their place in `files`.
    package func write(_ files: [RenderedFile], to repository: borrowing Repository) -> [Int: ObjectID] {
        let work = SharedWork(Array(files.enumerated())) { entry, repository in
            (try? repository.writeBlob(entry.element.bytes)).map { (entry.offset, $0) }
        }
        start(work, in: repository)
        return work.finish(in: repository)
    }

    private func reading(_ paths: [String], of tree: ObjectID) -> SharedWork<String, BaseFile> {
        SharedWork(paths) { path, repository in
            guard let blob = try? repository.blob(at: path, inTree: tree, limit: Repository.fileLimit) else {
                return nil
            }
            return (try? BaseFile(path: path, bytes: blob.bytes)).map { (path, $0) }
        }
    }

    private func start<Key, Value>(_ work: SharedWork<Key, Value>, in repository: borrowing Repository) {
        let folder = repository.gitDirectory
        DispatchQueue.global(qos: .userInitiated).async(group: work.group) { [self] in
            second.withLock { second in
                if second == nil { second = try? Second(at: folder) }
                if let second { work.run(in: second.repository) }
            }
        }
    }
}

/// A list of things to do that two threads take from.
private final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Left when nobody else works on it any more.
    let group = DispatchGroup()
    private let step: @Sendable (borrowing Repository) -> Bool
    private let done: Locked<[Key: Value]>

    init<Element: Sendable>(
        _ elements: [Element],
        _ body: @escaping @Sendable (Element, borrowing Repository) -> (Key, Value)?
    ) {
        let queue = Locked(elements[...])
        let done = Locked<[Key: Value]>([:])
        self.done = done
        step = { repository in
            guard let element = queue.withLock({ $0.popFirst() }) else { return false }
            if let (key, value) = body(element, repository) { done.withLock { $0[key] = value } }
            return true
        }
    }

    func run(in repository: borrowing Repository) {
        while step(repository) {}
    }

    /// Does what is left, and waits for the other thread.
    func finish(in repository: borrowing Repository) -> [Key: Value] {
        run(in: repository)
        group.wait()
        return done.value
    }
}
