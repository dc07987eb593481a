// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Why the state folder can't be used.
public enum StateError: Blamed, Hashable {
    /// None of KPATCH_HOME, XDG_CACHE_HOME and HOME says where it is.
    case noHome
    /// A tree's or profile's name that can't be a folder's name.
    case badName(String)
    /// Another run works there, or its lock's file can't be made.
    case lock(LockError)

    public var fault: Fault {
        switch self {
        case .noHome, .badName: .user
        case .lock(let error): error.fault
        }
    }

    public var description: String {
        switch self {
        case .noHome:
            return "no folder for trees and builds: set KPATCH_HOME (or HOME) to an absolute path"
        case .badName(let name):
            return "'\(name)' can't name a tree or profile: use letters, digits and . _ + -, no leading dot"
        case .lock(let error):
            return error.description
        }
    }
}

/// Where kpatch-gen keeps trees, builds and logs.
public struct StateFolder: Sendable, Hashable {
    public let root: FilePath

    public init(root: FilePath) {
        self.root = root
    }

    /// `$KPATCH_HOME`, else `$XDG_CACHE_HOME/kpatch-gen`, else `~/.cache/kpatch-gen`.
    ///
    /// A relative XDG_CACHE_HOME is ignored, as the XDG base directory
    /// specification demands; a relative KPATCH_HOME is relative to where the
    /// command runs.
    public init(environment: [String: String]) throws(StateError) {
        if let home = environment["KPATCH_HOME"], !home.isEmpty {
            root = Files.absolute(FilePath(home))
        } else if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            root = FilePath(cache).appending("kpatch-gen")
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            root = FilePath(home).appending(".cache/kpatch-gen")
        } else {
            throw .noHome
        }
    }

    /// The bare repository that all fetched and imported trees share.
    public var trees: FilePath { root.appending("trees.git") }
    /// apt's private root, one folder per suite.
    public var apt: FilePath { root.appending("apt") }
    /// Unfinished work; whatever is in it may go when nobody runs.
    public var temporary: FilePath { root.appending("tmp") }
    public var logs: FilePath { root.appending("logs") }
    /// Which series passed the checks.
    public var checked: FilePath { root.appending("checked") }
    public var locks: FilePath { root.appending("locks") }

    /// The work tree of a tree.
    public func source(tree: String) throws(StateError) -> FilePath {
        root.appending("worktrees").appending(try Self.checked(tree)).appending("source")
    }

    /// The build folder (O=) of a tree for a profile.
    public func build(tree: String, profile: String) throws(StateError) -> FilePath {
        root.appending("build").appending(try Self.checked(tree)).appending(try Self.checked(profile))
    }

    /// A name for a tree that is only known by its path: two repositories
    /// called `linux` must not share a build folder.
    public static func treeName(forPath path: FilePath) -> String {
        let absolute = Files.absolute(path).lexicallyNormalized()
        var fingerprint = Fingerprint()
        fingerprint.add(absolute.bytes)
        let base = (absolute.lastComponent?.string ?? "tree").filter { $0.isASCII && allowed($0) }
        let stem = base.drop { $0 == "." }
        return (stem.isEmpty ? "tree" : String(stem)) + "-" + fingerprint.hex.prefix(8)
    }

    private static func allowed(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._+-".contains(character))
    }

    private static func checked(_ name: String) throws(StateError) -> String {
        guard !name.isEmpty, name.first != ".", name.allSatisfy(allowed) else { throw .badName(name) }
        return name
    }
}
