// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

extension Repository {
    /// Opens the repository that `path` lies in: searched upwards, as git does, up to `GIT_CEILING_DIRECTORIES`.
    ///
    /// - Throws: `notARepository`, `denied`, `unsupportedRepository`, `ownerMismatch`, `io`; each says what to do.
    public static func open(at path: String) throws(GitError) -> Repository {
        try Library.start()
        // libgit2 looks for another one in the folders above then.
        guard access(path, R_OK | X_OK) == 0 || errno != EACCES else {
            throw GitError(
                .denied,
                "could not open the repository at '\(path)': permission denied",
                advice: "have its owner let you read it, or clone it"
            )
        }
        guard try FileStatus(of: path) != nil else {
            throw GitError(.notARepository, "there is no '\(path)'", advice: "check the path")
        }
        let ceilings = environment("GIT_CEILING_DIRECTORIES") ?? ""
        var pointer: OpaquePointer?
        let code = git_repository_open_ext(&pointer, path, 0, ceilings)
        guard code == 0, let pointer else {
            throw diagnosis(of: LibraryFailure(code: code), at: path, ceilings: ceilings)
        }
        let repository = try Repository(owning: pointer)
        try repository.checkOwner()
        try repository.loadWorktreeConfiguration()
        try repository.storeObjectsUndeflated()
        return repository
    }

    /// Makes a new bare repository, with the folders that lead to it.
    ///
    /// - Throws: `io` or `diskFull`; `other` if there is a repository already.
    public static func createBare(at path: String) throws(GitError) -> Repository {
        try Library.start()
        var options = git_repository_init_options()
        try check(
            git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)),
            "prepare a new repository"
        )
        options.flags =
            GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
            | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
        var pointer: OpaquePointer?
        let code = git_repository_init_ext(&pointer, path, &options)
        guard code == 0, let pointer else {
            let failure = LibraryFailure(code: code)
            if failure.isOf(GIT_EEXISTS) {
                throw GitError(
                    .other,
                    "there is a repository at '\(path)' already",
                    advice: "use it, or choose another folder"
                )
            }
            throw failure.error(while: "create a repository at '\(path)'")
        }
        return try Repository(owning: pointer)
    }

    /// Turns "could not open" into what is wrong with that repository.
    private static func diagnosis(of failure: LibraryFailure, at path: String, ceilings: String) -> GitError {
        var buffer = Buffer()
        guard git_repository_discover(&buffer.raw, path, 0, ceilings) == 0 else {
            // Its own message is no better than the one that is here.
            git_error_clear()
            if failure.isOf(GIT_ENOTFOUND) || failure.isOf(GIT_ERROR_REPOSITORY) {
                return GitError(
                    .notARepository,
                    "'\(path)' is not in a git repository (looked for a usable .git there and in the folders above)",
                    advice: """
                        name a folder in a clone of the kernel, or make a repository of a bare tree with: \
                        cd \(path) && git init && git add -f . && git commit -m 'import'
                        """
                )
            }
            return failure.error(while: "open the repository at '\(path)'")
        }
        let gitDirectory = buffer.text
        // The configuration may be what is broken: then libgit2's own words are the best there are.
        if let unsupported = try? RepositoryFormat.fault(of: gitDirectory) {
            return unsupported
        }
        return failure.error(while: "open the repository at '\(gitDirectory)'")
    }
}
