// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Kernel
import SystemPackage

/// Which kernel tree, for verbs that name its commits in words of their own.
struct RepositoryArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A git repository with a kernel in it, or a local tree such as 5.10; 'trees' shows those.",
            valueName: "path|name"
        ),
        completion: .trees
    )
    var tree: String
}

/// Which kernel tree, and which of its commits.
struct TreeArguments: ParsableArguments {
    @OptionGroup private var repository: RepositoryArguments

    /// As the user named it.
    var tree: String { repository.tree }

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The commit, tag or branch to generate on. (default: HEAD, or the tree's tag)",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var base: String?

    /// Opens the repository and finds the base commit.
    func open() throws -> OpenTree {
        try Self.open(tree, base: base)
    }

    static func open(_ tree: String, base: String?) throws -> OpenTree {
        try open(tree) { repository, tag in
            if let base { return try repository.commit(named: base).id }
            if let tag { return try repository.commitID(of: "refs/tags/\(tag)") }
            return try head(of: repository, tree)
        }
    }

    /// A repository as the user named it.
    struct Named: ~Copyable {
        let repository: Repository
        /// Name for state folders; unique per repository.
        let name: String
        /// The tag of a local tree, nil for the user's own repository.
        let tag: String?
        let state: StateFolder
    }

    /// Opens a repository, after what a run that was killed left in it.
    static func openRepository(_ tree: String) throws -> Named {
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        let path = FilePath(tree)
        if Files.isFolder(path) || Files.isOutOfReach(path), try !isLocalTree(tree, state) {
            let repository = try Repository.open(at: tree)
            try repository.recover()
            let folder = FilePath(repository.workingDirectory ?? repository.gitDirectory)
            let name = StateFolder.treeName(forPath: folder)
            return Named(repository: repository, name: name, tag: nil, state: state)
        }
        guard Files.exists(state.trees) else { throw unknown(tree, local: []) }
        let repository = try Repository.open(at: state.trees.string)
        try repository.recover()
        let tags = try repository.tagNames()
        guard let tag = Repository.newest(tree, of: tags) else { throw unknown(tree, local: tags) }
        return Named(repository: repository, name: tag, tag: tag, state: state)
    }

    /// Opens a repository at a commit.
    ///
    /// - Parameter base: finds the base commit in it, given the tag if it is a local tree.
    static func open(
        _ tree: String,
        base: (borrowing Repository, _ tag: String?) throws -> ObjectID
    ) throws -> OpenTree {
        let named = try openRepository(tree)
        let (name, tag, state) = (named.name, named.tag, named.state)
        let commit = try named.repository.commit(try base(named.repository, tag))
        return OpenTree(
            base: BaseCommit(named.repository, commit, displayName: tag),
            name: name,
            tag: tag,
            state: state
        )
    }

    /// Whether a folder's name is that of a local tree, too, as when Linux 5.10 was unpacked in a folder 5.10: the tree is
    /// meant then, as a series without a slash is one of Templates.
    private static func isLocalTree(_ name: String, _ state: StateFolder) throws -> Bool {
        guard !name.contains("/"), (try? KernelVersion(name)) != nil, Files.exists(state.trees),
            let tag = Repository.newest(name, of: try Repository.open(at: state.trees.string).tagNames())
        else { return false }
        Terminal.note("'\(name)' is the local tree \(tag); the folder of that name is ./\(name)")
        return true
    }

    /// The same, with new objects kept in memory: for verbs that must leave the repository as it is.
    func openInMemory() throws -> OpenTree {
        try Self.openInMemory(tree, base: base)
    }

    static func openInMemory(_ tree: String, base: String?) throws -> OpenTree {
        var open = try open(tree, base: base)
        try open.base.useMemoryObjects()
        return open
    }

    /// The commit that is checked out.
    private static func head(of repository: borrowing Repository, _ tree: String) throws -> ObjectID {
        do {
            return try repository.commitID(of: "HEAD")
        } catch {
            guard error.kind == .revisionNotFound else { throw error }
            throw Failure(
                .tree,
                "nothing is checked out in '\(tree)': its HEAD has no commit\ncheck one out, or name a commit, tag or branch: --base (drift: --from)"
            )
        }
    }

    private static func unknown(_ tree: String, local tags: [String]) -> Failure {
        guard (try? KernelVersion(tree)) != nil else {
            let hint = tags.isEmpty ? "" : "; local trees are \(tags.joined(separator: ", "))"
            return Failure(
                .user,
                "'\(tree)' is neither a folder nor a local tree\nname a git repository with a kernel in it\(hint); take a folder or tarball with: kpatch-gen trees import PATH"
            )
        }
        let hint = tags.isEmpty ? "there are no local trees" : "local trees: \(tags.joined(separator: ", "))"
        return Failure(
            .user,
            "'\(tree)' is neither a folder nor a local tree\n\(hint); get one with: kpatch-gen trees fetch \(tree), or trees import PATH"
        )
    }

    /// The tags of all local trees, oldest version first.
    static func localNames() throws -> [String] {
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        guard Files.exists(state.trees) else { return [] }
        let tags = try Repository.open(at: state.trees.string).tagNames()
        return Repository.inOrder(tags).filter { (try? KernelVersion($0)) != nil }
    }
}
