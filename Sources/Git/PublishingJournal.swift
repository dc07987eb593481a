// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// A reference's move.
struct ReferenceMove: Hashable {
    let name: String
    /// Nil if there is no such reference.
    let from: ObjectID?
    /// Nil to delete it.
    let to: ObjectID?

    init(_ name: String, from: ObjectID?, to: ObjectID?) {
        self.name = name
        self.from = from
        self.to = to
    }
}

/// The moves of references that are about to be made, in `kpatch-gen/moves` of the repository. Only who has the turn
/// reads it to act on it, or writes it.
struct PublishingJournal {
    let moves: [ReferenceMove]
    /// When it was written; a lock that its writer left is not older.
    private let time: timespec

    private static let title = "kpatch-gen moves, format 1"

    init(_ moves: [ReferenceMove]) {
        self.moves = moves
        time = timespec()
    }

    /// Reads it; nil if there is none.
    init?(in commonDirectory: String) throws(GitError) {
        let path = Self.path(commonDirectory)
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw systemError("look at '\(path)'")
        }
        guard let bytes = try readFile(path) else { return nil }
        time = status.st_mtim
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")[...]
        let known = lines.popFirst() == Substring(Self.title)
        let moves = lines.compactMap(ReferenceMove.init(line:))
        guard known, moves.count == lines.count else {
            throw GitError(
                .other,
                "'\(path)' can't be read: another version of kpatch-gen may have written it, and was killed since",
                advice: "finish with that version, or remove the file: nothing else is lost by that"
            )
        }
        self.moves = moves
    }

    /// Puts it in place as a whole.
    func write(to turn: borrowing PublishingTurn) throws(GitError) {
        let text = ([Self.title] + moves.map(\.line)).map { $0 + "\n" }.joined()
        let path = Self.path(turn.commonDirectory)
        // Only one process at a time has the turn.
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw systemError("create '\(temporary)'") }
        defer { close(descriptor) }
        try Array(text.utf8).withUnsafeBytes { bytes in
            Result { () throws(GitError) in try writeAll(bytes, to: descriptor, path: temporary) }
        }.get()
        guard rename(temporary, path) == 0 else { throw systemError("rename '\(temporary)' to '\(path)'") }
    }

    static func remove(_ turn: borrowing PublishingTurn) throws(GitError) {
        let path = path(turn.commonDirectory)
        guard unlink(path) == 0 || errno == ENOENT else { throw systemError("delete '\(path)'") }
    }

    private static func path(_ commonDirectory: String) -> String {
        commonDirectory + PublishingTurn.folder + "moves"
    }

    /// Removes the lock that the journal's writer left on a reference.
    ///
    /// It is known by three things together: it is not older than the journal; it holds nothing yet or one of the two
    /// commits; and nobody touches it for a moment. A lock of a live git holds another commit, or nothing for the
    /// blink between two system calls.
    func removeDeadLock(of move: ReferenceMove, in commonDirectory: String) throws(GitError) {
        let ids = [move.from, move.to].compactMap { $0?.description }
        try removeDeadLock(commonDirectory + move.name + ".lock") { content in
            content.isEmpty || ids.contains { ($0 + "\n").hasPrefix(content) }
        }
        // Only what is deleted is taken out of that file.
        guard move.from == nil || move.to == nil else { return }
        try removeDeadLock(commonDirectory + "packed-refs.lock") { _ in true }
    }

    private func removeDeadLock(_ path: String, _ isOurs: (String) -> Bool) throws(GitError) {
        guard let first = try LockFile(path), !first.isOlder(than: time), isOurs(first.content) else {
            return
        }
        for _ in 0..<25 {
            pause(milliseconds: 20)
            guard try LockFile(path) == first else { return }
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw systemError("delete '\(path)'") }
    }
}

/// What can be seen of a lock's file.
private struct LockFile: Equatable {
    let device: dev_t
    let inode: ino_t
    let seconds: Int
    let nanoseconds: Int
    let content: String

    init?(_ path: String) throws(GitError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = status.st_dev
        inode = status.st_ino
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
        // That of packed-refs can be large, and doesn't matter.
        guard status.st_size < 100 else {
            content = "\(status.st_size)"
            return
        }
        guard let bytes = try readFile(path) else { return nil }
        content = String(decoding: bytes, as: UTF8.self)
    }

    func isOlder(than time: timespec) -> Bool {
        (seconds, nanoseconds) < (time.tv_sec, time.tv_nsec)
    }
}

extension ReferenceMove {
    fileprivate var line: String { "\((from ?? .zero)) \((to ?? .zero)) \(name)" }

    fileprivate init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count == 3, let from = ObjectID(hex: words[0]), let to = ObjectID(hex: words[1]),
            words[2].hasPrefix("refs/"), !words[2].contains("..")
        else { return nil }
        self.init(words[2], from: from == .zero ? nil : from, to: to == .zero ? nil : to)
    }
}
