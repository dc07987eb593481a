// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Somebody whom patches are to be sent to.
public struct Recipient: Sendable, Hashable {
    /// "" for a list.
    public let name: String
    public let email: String
    /// Why, in the script's words, e.g. `supporter:KERNEL VIRTUAL MACHINE (KVM)` or `open list`.
    public let role: String

    public init(name: String, email: String, role: String) {
        self.name = name
        self.email = email
        self.role = role
    }

    /// Whether they decide on the patch; reviewers and lists only get a copy.
    public var isMaintainer: Bool {
        ["maintainer:", "supporter:", "odd fixer:"].contains(where: role.hasPrefix)
    }

    /// A line of the script, `Name <address> (role,role)` or `address (role)`; nil if it is none.
    init?(line: some StringProtocol) {
        guard line.hasSuffix(")"), let at = line.firstIndex(of: "@"),
            let space = line[at...].firstIndex(of: " ")
        else { return nil }
        let address = line[..<space]
        role = String(line[space...].dropFirst(2).dropLast())
        guard let opening = address.lastIndex(of: "<") else {
            guard !address.contains(" ") else { return nil }
            name = ""
            email = String(address)
            return
        }
        guard address.hasSuffix(">") else { return nil }
        email = String(address[opening...].dropFirst().dropLast())
        let quoted = address[..<opening].trimmed
        name = String(quoted).filter { !"\"\\".contains($0) }
    }
}

/// Why nobody is known whom patches are to be sent to.
public enum RecipientError: Blamed, Hashable {
    /// The tree has no such file.
    case missing(file: String)
    /// The script's answer has a line that is no recipient, or none at all.
    case unreadable(line: String)
    case tool(ToolError)
    case file(FileError)

    public var fault: Fault {
        switch self {
        case .missing, .unreadable: .tree
        case .tool(let error): error.fault
        case .file(let error): error.fault
        }
    }

    public var description: String {
        switch self {
        case .missing(let file):
            "the tree has no \(file), which knows the recipients: name them yourself, without --recipients"
        case .unreadable(let line) where line.isEmpty:
            "\(GetMaintainer.script) of the tree names nobody for these patches"
        case .unreadable(let line):
            "\(GetMaintainer.script) of the tree wrote '\(line)', which is no recipient with a role"
        case .tool(let error): error.description
        case .file(let error): error.description
        }
    }
}

/// A tree's own scripts/get_maintainer.pl, run on what little of the tree it reads.
public struct GetMaintainer: Sendable {
    public static let script = "scripts/get_maintainer.pl"

    /// What it reads of a tree besides the files that the patches change; the first two are needed.
    public static let files = [
        script, "MAINTAINERS", ".mailmap", ".get_maintainer.ignore", ".get_maintainer.conf",
    ]

    let files: [String: [UInt8]]
    let changed: [String]

    /// - Parameters:
    ///   - files: those of `GetMaintainer.files` that the tree has.
    ///   - changed: paths that the patches change.
    public init(files: [String: [UInt8]], changed: [String]) throws(RecipientError) {
        for name in Self.files.prefix(2) where files[name] == nil { throw .missing(file: name) }
        self.files = files
        self.changed = changed
    }

    /// Everybody for all of the patches, in the script's order.
    ///
    /// History is left out: an imported tree has none, and the answer should not depend on the clone.
    ///
    /// - Parameter folder: an empty one, for the files.
    public func recipients(of patches: [[UInt8]], in folder: FilePath) async throws(RecipientError)
        -> [Recipient]
    {
        let tree = folder.appending("tree")
        let names = patches.indices.map { folder.appending("\($0).patch") }
        do {
            for (path, bytes) in files { try write(bytes, to: tree.appending(path)) }
            // `F: arch/x86/kvm` means the folder only where there is one.
            for path in changed { try Files.makeFolder(tree.appending(path).removingLastComponent()) }
            for (name, patch) in zip(names, patches) { try write(patch, to: name) }
        } catch {
            throw .file(error)
        }
        let arguments =
            [
                tree.appending(Self.script).string, "--no-tree", "--no-git", "--no-git-fallback",
                "--no-fixes",
                "--roles", "--no-rolestats",
            ] + names.map(\.string)
        do {
            // A .get_maintainer.conf of the user's may change what is printed.
            let result = try await Tool("perl").run(
                arguments,
                in: tree,
                environment: ["HOME": folder.string]
            ).required()
            return try Self.parse(result.outputText)
        } catch let error as ToolError {
            throw .tool(error)
        } catch let error as RecipientError {
            throw error
        } catch {
            throw .unreadable(line: "\(error)")
        }
    }

    static func parse(_ text: String) throws(RecipientError) -> [Recipient] {
        var result: [Recipient] = []
        for line in text.split(separator: "\n") {
            guard let recipient = Recipient(line: line) else { throw .unreadable(line: String(line)) }
            result.append(recipient)
        }
        guard !result.isEmpty else { throw .unreadable(line: "") }
        return result
    }

    private func write(_ bytes: [UInt8], to path: FilePath) throws(FileError) {
        try Files.makeFolder(path.removingLastComponent())
        try Files.write(bytes, to: path)
    }
}
