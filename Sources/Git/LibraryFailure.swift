// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

/// What libgit2 said when a call failed, copied from its thread-local record.
struct LibraryFailure {
    let code: Int32
    let errorClass: Int32
    let message: String
    let systemError: Int32

    /// Copies and clears the record. Only right after a call that returned `code`, on the same thread.
    init(code: Int32) {
        self.code = code
        systemError = errno
        if let last = git_error_last() {
            errorClass = last.pointee.klass
            message = last.pointee.message.map { String(cString: $0) } ?? "no reason given"
        } else if [ENOSPC, EDQUOT].contains(systemError) {
            // When a loose object can't be written, libgit2 tries a second way and forgets why the first one failed.
            errorClass = Int32(GIT_ERROR_OS.rawValue)
            message = String(cString: strerror(systemError))
        } else {
            errorClass = 0
            message = "no reason given (code \(code))"
        }
        git_error_clear()
    }

    func isOf(_ code: git_error_code) -> Bool {
        self.code == code.rawValue
    }

    func isOf(_ errorClass: git_error_t) -> Bool {
        self.errorClass == Int32(errorClass.rawValue)
    }

    /// The error for users, when the caller knows nothing better.
    func error(while doing: String) -> GitError {
        let what = "could not \(doing): \(message)"
        if isOf(GIT_ENOTFOUND), isOf(GIT_ERROR_ODB) {
            return GitError(.objectMissing, what, advice: "see what is missing with: git fsck")
        }
        if isOf(GIT_EMISMATCH) || isOf(GIT_ERROR_ZLIB) || isOf(GIT_ERROR_ODB) && !isOf(GIT_EAMBIGUOUS)
            || isOf(GIT_ERROR_OBJECT) && isOf(GIT_ERROR)
        {
            return GitError(
                .objectCorrupt,
                what,
                advice:
                    "find damaged objects with `git fsck --full` and fetch or clone again from an intact copy"
            )
        }
        if isOf(GIT_ELOCKED) {
            return GitError(
                .io,
                what,
                advice:
                    "another git command is at work: wait for it; if none is, delete the .lock file named above"
            )
        }
        if isOf(GIT_ERROR_OS) || isOf(GIT_ERROR_FILESYSTEM) {
            return fileError(what)
        }
        if isOf(GIT_ERROR_CONFIG) {
            return GitError(.other, what, advice: "look for the fault with: git config --list --show-origin")
        }
        return GitError(.other, what, advice: "try the same with the git command, which may say more")
    }

    private func fileError(_ what: String) -> GitError {
        // The message holds strerror's text; errno itself may have been overwritten by clean-up since.
        let isFull = [ENOSPC, EDQUOT].contains { code in
            systemError == code || message.contains(String(cString: strerror(code)))
        }
        return isFull
            ? GitError(.diskFull, what, advice: "make room on that disk and try again")
            : GitError(.io, what, advice: "check that the path exists and that you may read and write it")
    }
}

/// Throws what libgit2 said if `code` means failure. The call must be the argument, so that nothing comes between.
func check(_ code: Int32, _ doing: @autoclosure () -> String) throws(GitError) {
    guard code < 0 else { return }
    throw LibraryFailure(code: code).error(while: doing())
}

/// Makes a call that fills in a handle; the caller must give the result to an owner at once.
func acquire(
    _ doing: @autoclosure () -> String,
    _ call: (inout OpaquePointer?) -> Int32
) throws(GitError) -> OpaquePointer {
    var pointer: OpaquePointer?
    let code = call(&pointer)
    try check(code, doing())
    guard let pointer else {
        throw GitError(
            .other,
            "could not \(doing()): libgit2 reported success without a result",
            advice: "this is a fault of libgit2: report it with the command that was run"
        )
    }
    return pointer
}

/// The Swift text of a C string that libgit2 owns. Paths must survive unchanged, so nothing is repaired.
func text(_ pointer: UnsafePointer<CChar>?, of what: String) throws(GitError) -> String {
    guard let pointer else { return "" }
    guard let text = String(validatingCString: pointer) else {
        throw GitError(
            .other,
            "\(what) is not UTF-8: '\(String(cString: pointer))'",
            advice: "rename it: only UTF-8 names are supported"
        )
    }
    return text
}
