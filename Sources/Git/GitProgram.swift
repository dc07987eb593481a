// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc

/// The git command itself, asked where its answer and libgit2's could differ. It takes some milliseconds.
struct GitProgram {
    /// 127 if there is no git.
    let status: Int32
    let output: [UInt8]
    let errors: String

    /// Runs git to its end, with this process's environment. What it says is English: messages are looked at.
    ///
    /// - Parameters:
    ///   - without: environment variables that it must not see.
    ///   - with: what it sees as well.
    init(_ arguments: [String], without: Set<String> = [], with: [String: String] = [:]) throws(GitError) {
        var out: [Int32] = [-1, -1]
        var err: [Int32] = [-1, -1]
        guard pipe(&out) == 0, pipe(&err) == 0 else { throw systemError("make a pipe") }
        for descriptor in out + err { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, out[1], 1)
        posix_spawn_file_actions_adddup2(&actions, err[1], 2)
        let own = with.merging(["LC_ALL": "C"]) { $1 }
        var words = (["git"] + arguments).map { strdup($0) } + [nil]
        let added = own.map { strdup("\($0)=\($1)") }
        defer { for word in words + added { free(word) } }
        var variables = added
        var entry = environ
        while let variable = entry.pointee {
            let name = String(String(cString: variable).prefix { $0 != "=" })
            if !without.contains(name), own[name] == nil { variables.append(variable) }
            entry += 1
        }
        variables.append(nil)
        // A group of its own, by which it is ended with this process.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var child: pid_t = 0
        let code = posix_spawnp(&child, "git", &actions, &attributes, &words, &variables)
        if code == 0 { RunningGroups.add(child) }
        close(out[1])
        close(err[1])
        defer {
            close(out[0])
            close(err[0])
        }
        guard code == 0 else {
            (status, output, errors) = (127, [], "can't run git: \(String(cString: strerror(code)))")
            return
        }
        // What git says here fits into a pipe, so that the order doesn't matter.
        output = Self.read(out[0])
        errors = String(decoding: Self.read(err[0]), as: UTF8.self)
        RunningGroups.remove(child)
        var ending: Int32 = 0
        while waitpid(child, &ending, 0) < 0, errno == EINTR {}
        status = ending & 0x7f == 0 ? (ending >> 8) & 0xff : 128 + (ending & 0x7f)
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
