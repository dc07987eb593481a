// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// What lstat(2) says of a path.
struct FileStatus {
    let owner: uid_t
    let size: Int
    private let type: mode_t
    private let permissions: mode_t

    var isFile: Bool { type == S_IFREG }
    var isFolder: Bool { type == S_IFDIR }
    var isSymbolicLink: Bool { type == S_IFLNK }
    var isExecutable: Bool { permissions & S_IXUSR != 0 }

    /// Nil if there is nothing at the path.
    init?(of path: String) throws(GitError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw systemError("look at '\(path)'")
        }
        owner = status.st_uid
        size = Int(status.st_size)
        type = status.st_mode & S_IFMT
        permissions = status.st_mode & ~S_IFMT
    }
}

/// An error of the operating system; call right after the function that set errno.
func systemError(_ doing: String) -> GitError {
    let code = errno
    let what = "could not \(doing): \(String(cString: strerror(code)))"
    switch code {
    case ENOSPC, EDQUOT: return GitError(.diskFull, what, advice: "make room on that disk and try again")
    case EROFS, EACCES, EPERM:
        return GitError(.readOnly, what, advice: "check that you may read and write it")
    default:
        return GitError(.io, what, advice: "check that the path exists and that you may read and write it")
    }
}

/// A whole file; nil if there is none. A symbolic link is not followed.
func readFile(_ path: String) throws(GitError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw systemError("open '\(path)'")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw systemError("look at '\(path)'") }
    var bytes: [UInt8] = []
    var failure: GitError?
    // One byte more than the size, so that a file that grew meanwhile is read on.
    var capacity = Int(status.st_size) + 1
    var isAtEnd = false
    while !isAtEnd {
        bytes += [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let received = read(descriptor, buffer.baseAddress, buffer.count)
            if received < 0 { failure = systemError("read '\(path)'") }
            isAtEnd = received <= 0
            count = max(received, 0)
        }
        capacity = 65536
    }
    if let failure { throw failure }
    return bytes
}

/// The first line of a small text file; nil if there is no such file.
func readLine(of path: String) throws(GitError) -> String? {
    guard let bytes = try readFile(path) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}

/// Writes all bytes to an open file.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(GitError) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw systemError("write '\(path)'")
        }
        rest = rest.dropFirst(count)
    }
}

/// The names in a folder, sorted; none if there is no such folder.
func folderNames(_ path: String) throws(GitError) -> [String] {
    guard let stream = opendir(path) else {
        if errno == ENOENT || errno == ENOTDIR { return [] }
        throw systemError("open '\(path)'")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
