// SPDX-License-Identifier: GPL-2.0-only

import Base
import Dispatch
import Glibc
import SystemPackage

/// A kernel tree in the shared repository.
public struct ImportedTree: Sendable, Hashable {
    public let version: KernelVersion
    /// The tag's short name: `v5.10.262`.
    public let tag: String
    /// The root commit, as hexadecimal digits.
    public let commit: String
    /// The bare repository it is in.
    public let repository: FilePath
    /// True if it was there before and nothing was done.
    public let wasPresent: Bool
}

/// What an import or a fetch is doing.
public enum TreeProgress: Sendable, Hashable {
    /// Asking the archive what it has.
    case updating(suite: String)
    /// Bytes of a package; the total is nil if apt does not tell.
    case downloading(package: String, done: UInt64, total: UInt64?)
    case unpacking(String)
    /// Files handed to git.
    case importing(done: Int, total: Int)
    /// Removing unpacked files: minutes where the disk discards what is freed.
    case removing
}

/// Takes a kernel tree into the shared repository: one root commit and a tag.
public struct TreeImport: Sendable {
    public typealias Progress = @Sendable (TreeProgress) -> Void

    let state: StateFolder

    public init(state: StateFolder) {
        self.state = state
    }

    /// Imports a folder or a .tar, .tar.gz, .tar.xz, .tar.zst archive.
    ///
    /// The commit depends on the files, the version and `origin` alone. If the
    /// tag is there already, nothing is done. When this throws or is
    /// cancelled, the repository is as it was.
    ///
    /// - Parameters:
    ///   - path: the folder or archive.
    ///   - origin: where it comes from, for the message: "linux-source-5.10 5.10.262-1".
    public func run(
        _ path: FilePath,
        origin: String? = nil,
        progress: @escaping Progress = { _ in }
    ) async throws(TreeError) -> ImportedTree {
        guard Files.exists(path) else { throw .notFound(path) }
        TemporaryFolders.sweep(state.temporary)
        do {
            return try await state.withLock(.trees) {
                try await locked(Files.absolute(path), origin, progress)
            }
        } catch {
            throw TreeError(error)
        }
    }

    /// The tree that a tag names, if it is in the repository.
    public func existing(_ version: KernelVersion) async throws(TreeError) -> ImportedTree? {
        guard Files.exists(state.trees) else { return nil }
        do {
            guard let commit = try await repository.commit("refs/tags/\(version)") else { return nil }
            return imported(version, commit, wasPresent: true)
        } catch {
            throw TreeError(error)
        }
    }
}

extension TreeImport {
    private var repository: GitTool { GitTool(repository: state.trees) }

    private func imported(_ version: KernelVersion, _ commit: String, wasPresent: Bool) -> ImportedTree {
        ImportedTree(
            version: version,
            tag: version.description,
            commit: commit,
            repository: state.trees,
            wasPresent: wasPresent
        )
    }

    private func locked(_ path: FilePath, _ origin: String?, _ progress: @escaping Progress) async throws
        -> ImportedTree
    {
        if Files.isFolder(path) { return try await folder(path, origin, progress) }
        let work = try Files.makeTemporaryFolder(in: state.temporary, prefix: "unpack")
        defer { Self.remove(work, progress) }
        progress(.unpacking(path.lastComponent?.string ?? ""))
        let top = try await TreeArchive(path).unpack(into: work, within: .kernelTree)
        do throws(TreeError) {
            return try await folder(top, origin, progress)
        } catch {
            // The archive is what the user knows, not where it was unpacked.
            switch error {
            case .notKernel(_, let missing): throw TreeError.notKernel(path, missing: missing)
            case .notClean(_, let leftover): throw TreeError.notClean(path, leftover: leftover)
            default: throw error
            }
        }
    }

    /// Removes a temporary folder; a leftover costs space only, and is swept later.
    static func remove(_ work: FilePath, _ progress: Progress) {
        progress(.removing)
        try? Files.remove(work)
    }

    /// Imports a folder; the caller holds the lock of the repository.
    func folder(
        _ path: FilePath,
        _ origin: String?,
        _ progress: @escaping Progress
    ) async throws(TreeError) -> ImportedTree {
        let tree = try KernelTree(path)
        if let present = try await existing(tree.version) { return present }
        let walk: FolderWalk
        do { walk = try FolderWalk(path, .kernelTree) } catch { throw TreeError(error) }
        if let leftover = KernelTree.leftover(among: walk.entries) {
            throw .notClean(path, leftover: leftover)
        }
        do { return try await store(tree, walk, origin, progress) } catch { throw TreeError(error) }
    }

    private func store(
        _ tree: KernelTree,
        _ walk: FolderWalk,
        _ origin: String?,
        _ progress: @escaping Progress
    ) async throws -> ImportedTree {
        if !Files.exists(state.trees) { try await repository.create(temporary: state.temporary) }
        // Into a repository of its own first: whatever happens to the import,
        // the shared one gets a whole pack or nothing.
        let work = try Files.makeTemporaryFolder(in: state.temporary, prefix: "import")
        defer { try? Files.remove(work) }  // see remove()
        let scratch = GitTool(repository: work.appending("import.git"))
        try await scratch(["init", "--quiet", "--bare", "--template="]).required()
        let ref = "refs/heads/import"
        let stream = FastImportStream(
            folder: tree.folder,
            entries: walk.entries,
            ref: ref,
            message: "Linux \(tree.version.number)" + (origin.map { " (\($0))" } ?? "") + "\n"
        )
        try await feed(stream, to: scratch, progress)
        guard let commit = try await scratch.commit(ref) else {
            throw TreeError.rejected("no commit was made")
        }
        try movePacks(from: scratch)
        // The empty old value: fail rather than move a tag that is there.
        try await repository(["update-ref", "refs/tags/\(tree.version)", commit, ""]).required()
        return imported(tree.version, commit, wasPresent: false)
    }

    private func feed(_ stream: FastImportStream, to git: GitTool, _ progress: @escaping Progress)
        async throws
    {
        let (child, own) = try SocketWriter.pair()
        async let importing = git(
            // No search for deltas and the fastest zlib: a third of the time
            // for twice the size. unpackLimit: never loose objects.
            ["-c", "pack.compression=1", "-c", "core.compression=1", "-c", "fastimport.unpackLimit=0"]
                + ["fast-import", "--quiet", "--done", "--depth=0"],
            input: child
        )
        let failure = await Self.onThread { () -> TreeError? in
            var writer = SocketWriter(own)
            defer { try? own.close() }  // everything was flushed, or the stream is broken anyway
            let total = stream.entries.count
            do throws(TreeError) {
                try stream.write(to: &writer) { progress(.importing(done: $0, total: total)) }
                return nil
            } catch {
                return error
            }
        }
        let result = try await importing
        guard result.status.isSuccess else {
            throw TreeError.rejected(
                String(result.errorText.split(separator: "\n").first ?? "\(result.status)")
            )
        }
        if let failure { throw failure }
    }

    /// Runs blocking work where it does not hold up other tasks.
    private static func onThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: work()) }
        }
    }

    private func movePacks(from scratch: GitTool) throws {
        let from = scratch.repository.appending("objects/pack")
        let to = state.trees.appending("objects/pack")
        try Files.makeFolder(to)
        let names = try Files.names(in: from)
        // git looks for packs by their .idx: it comes last.
        for name in names where !name.hasSuffix(".idx") {
            try Files.rename(from.appending(name), to: to.appending(name))
        }
        for name in names where name.hasSuffix(".idx") {
            try Files.rename(from.appending(name), to: to.appending(name))
        }
    }
}
