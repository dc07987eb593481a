// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Git
import Glibc
import Kernel
import SystemPackage

/// Which kernel tree, and which of its commits.
struct TreeArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A git repository with a kernel in it, or a tree at hand such as 5.10; 'trees' shows those.",
            valueName: "path|name"
        )
    )
    var tree: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The commit, tag or branch to generate on. (default: HEAD, or the tree's tag)",
            valueName: "revision"
        )
    )
    var base: String?

    /// Opens the repository and finds the base commit.
    func open() throws(Failure) -> OpenTree {
        try Self.open(tree, base: base)
    }

    static func open(_ tree: String, base: String?) throws(Failure) -> OpenTree {
        try open(tree) { repository, tag throws(Failure) in
            do {
                if let base { return try repository.commitID(of: base) }
                if let tag { return try repository.commitID(of: "refs/tags/\(tag)") }
                return try head(of: repository, tree)
            } catch {
                throw Failure(error)
            }
        }
    }

    /// Opens the repository.
    ///
    /// - Parameter base: finds the base commit in it, given the tag if it is a tree at hand.
    static func open(
        _ tree: String,
        base: (borrowing Repository, _ tag: String?) throws(Failure) -> ObjectID
    ) throws(Failure) -> OpenTree {
        do {
            let state = try StateFolder(environment: processEnvironment())
            if Files.isFolder(FilePath(tree)) {
                let repository = try Repository.open(at: tree)
                let folder = FilePath(repository.workingDirectory ?? repository.gitDirectory)
                let commit = try repository.commit(try base(repository, nil))
                let name = StateFolder.treeName(forPath: folder)
                return OpenTree(
                    repository: repository,
                    base: commit.id,
                    baseTree: commit.tree,
                    name: name,
                    tag: nil,
                    state: state
                )
            }
            guard Files.exists(state.trees) else { throw unknown(tree, atHand: []) }
            let repository = try Repository.open(at: state.trees.string)
            let tags = try repository.tagNames()
            guard let tag = TreeArguments.newest(tree, of: tags) else { throw unknown(tree, atHand: tags) }
            let commit = try repository.commit(try base(repository, tag))
            return OpenTree(
                repository: repository,
                base: commit.id,
                baseTree: commit.tree,
                name: tag,
                tag: tag,
                state: state
            )
        } catch {
            throw Failure(error)
        }
    }

    /// The same, with new objects kept in memory: for verbs that must leave the repository as it is.
    func openInMemory() throws(Failure) -> OpenTree {
        try Self.openInMemory(tree, base: base)
    }

    static func openInMemory(_ tree: String, base: String?) throws(Failure) -> OpenTree {
        var open = try open(tree, base: base)
        do {
            try open.repository.useMemoryObjects()
            return open
        } catch {
            throw Failure(error)
        }
    }

    /// The commit that is checked out.
    private static func head(of repository: borrowing Repository, _ tree: String) throws(Failure) -> ObjectID
    {
        do {
            return try repository.commitID(of: "HEAD")
        } catch {
            guard error.kind == .revisionNotFound else { throw Failure(error) }
            throw Failure(
                .tree,
                "nothing is checked out in '\(tree)': its HEAD has no commit\nname a commit, tag or branch with --base (drift: --from)"
            )
        }
    }

    private static func unknown(_ tree: String, atHand tags: [String]) -> Failure {
        guard (try? KernelVersion(tree)) != nil else {
            let hint = tags.isEmpty ? "" : "; trees at hand are \(tags.joined(separator: ", "))"
            return Failure(
                .usage,
                "'\(tree)' is neither a folder nor a tree at hand\nname a git repository with a kernel in it\(hint); take a folder or tarball with: kpatch-gen trees import PATH"
            )
        }
        let hint = tags.isEmpty ? "no trees are at hand" : "at hand: \(tags.joined(separator: ", "))"
        return Failure(
            .usage,
            "'\(tree)' is neither a folder nor a tree at hand\n\(hint); get one with: kpatch-gen trees fetch \(tree), or trees import PATH"
        )
    }

    /// The tags of all trees at hand, oldest version first.
    static func namesAtHand() throws(Failure) -> [String] {
        do {
            let state = try StateFolder(environment: processEnvironment())
            guard Files.exists(state.trees) else { return [] }
            return try Repository.open(at: state.trees.string).tagNames()
                .compactMap { tag in (try? KernelVersion(tag)).map { (tag: tag, version: $0) } }
                .sorted { $0.version < $1.version }.map(\.tag)
        } catch {
            throw Failure(error)
        }
    }

    /// The newest tag that `name` names: `5.10` is `v5.10.262`.
    static func newest(_ name: String, of tags: [String]) -> String? {
        let wanted = name.hasPrefix("v") ? String(name.dropFirst()) : name
        let versions = tags.compactMap { tag in (try? KernelVersion(tag)).map { (tag: tag, version: $0) } }
        if let exact = versions.first(where: { $0.version.number == wanted }) { return exact.tag }
        return versions.filter { $0.version.series == wanted }.max { $0.version < $1.version }?.tag
    }
}

/// A repository that is open at a base commit.
struct OpenTree: ~Copyable {
    var repository: Repository
    let base: ObjectID
    let baseTree: ObjectID
    /// Name for state folders; unique per repository.
    let name: String
    /// The tag of a tree at hand, nil for the user's own repository.
    let tag: String?
    let state: StateFolder
    let blobs = BlobWorkers()

    /// What reports call it.
    var displayName: String { tag ?? String(base.description.prefix(12)) }
}

/// The process's environment variables.
func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let variable = entry.pointee {
        let text = String(cString: variable)
        if let equals = text.firstIndex(of: "=") {
            result[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        entry += 1
    }
    return result
}
