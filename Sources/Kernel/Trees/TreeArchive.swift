// SPDX-License-Identifier: GPL-2.0-only

import Base
import Synchronization
import SystemPackage

/// A tar archive with a kernel tree in it, from anybody.
///
/// tar unpacks it; this sees to it that tar can't do harm: no device, no name out of the folder, no more than a
/// kernel tree has. Links are judged when the folder is read (`FolderWalk`); until then GNU tar keeps those that lead
/// out as empty files, so that nothing can be written through them.
struct TreeArchive {
    let path: FilePath
    /// What tar is told about compression.
    private let option: String?

    /// File name endings, tar's options for them, and the program that tar calls.
    private static let decompressors: [(ending: String, option: String?, tool: String?)] = [
        (".tar", nil, nil), (".tar.gz", "--gzip", "gzip"), (".tgz", "--gzip", "gzip"),
        (".tar.xz", "--xz", "xz"),
        (".tar.zst", "--zstd", "zstd"), (".tar.bz2", "--bzip2", "bzip2"),
    ]

    init(_ path: FilePath) throws(TreeError) {
        let name = path.lastComponent?.string ?? ""
        guard let kind = Self.decompressors.first(where: { name.hasSuffix($0.ending) }) else {
            throw .unknownKind(path)
        }
        // tar itself would only say "Cannot exec".
        if let tool = kind.tool, Tool(tool).locate() == nil {
            throw .tool(.missing(tool: tool, package: DebianPackages.byCommand[tool]))
        }
        self.path = path
        option = kind.option
    }

    /// KiB of address space for tar and for what decompresses: an extended header or a dictionary of any size is read
    /// into memory.
    private static let memory = 2 << 20

    /// Unpacks everything; returns the folder that holds the tree: the
    /// archive's single top folder, or `folder` itself.
    ///
    /// - Throws: `TreeError.badArchive` for a member that the rules don't allow; unpacking has stopped there.
    func unpack(into folder: FilePath, within rules: FolderRules) async throws -> FilePath {
        let check = Mutex(MemberCheck(rules: rules))
        let arguments =
            [
                // A name with a colon would be that of another machine.
                "--force-local", "--extract", "--file", path.string, "--directory", folder.string,
                // Ownership and modes are the archive's business elsewhere: root must not get files of stray users.
                "--no-same-owner", "--no-same-permissions",
                // Each member with type and size on a line of its own, before it is unpacked.
                "--verbose", "--verbose", "--numeric-owner", "--quoting-style=escape",
            ] + (option.map { [$0] } ?? [])
        let unpacking = Task {
            try await Tool("sh").stream(
                ["-c", #"ulimit -v "$0" && exec tar "$@""#, "\(Self.memory)"] + arguments,
                // Options of the user's, or of a dpkg around us.
                environment: [
                    "TAR_OPTIONS": nil, "XZ_OPT": nil, "XZ_DEFAULTS": nil, "GZIP": nil, "ZSTD_CLEVEL": nil,
                ]
            ) { line in
                if check.withLock({ $0.take(line) }) { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        let status = await withTaskCancellationHandler {
            await unpacking.result
        } onCancel: {
            unpacking.cancel()
        }
        if let refusal = check.withLock({ $0.refusal }) { throw TreeError.badArchive(path, reason: refusal) }
        let ending = try status.get()
        guard ending.isSuccess else {
            let said = check.withLock { $0.otherLines }
            // tar passes over such a member itself.
            if let line = said.first(where: { $0.contains("Member name contains '..'") }) {
                throw TreeError.badArchive(path, reason: line)
            }
            let output = said.map(\.onOneLine).joined(separator: "\n")
            throw TreeError.tool(
                .failed(command: "tar --extract --file \(path)", status: ending, output: output)
            )
        }
        let names = try Files.names(in: folder)
        guard names.count == 1, let name = names.first else { return folder }
        let top = folder.appending(name)
        return Files.isFolder(top) && !Files.isLink(top) ? top : folder
    }
}

/// Looks at the members of an archive as tar lists them, one line each.
struct MemberCheck {
    let rules: FolderRules
    /// Why the archive is not to be taken.
    private(set) var refusal: String?
    /// What tar said besides, the last few lines.
    private(set) var otherLines: [String] = []
    private var members = 0
    private var bytes = 0

    init(rules: FolderRules) {
        self.rules = rules
    }

    /// Takes a line; says whether unpacking has to stop.
    mutating func take(_ line: String) -> Bool {
        guard refusal == nil else { return true }
        guard let member = Member(line) else {
            otherLines = otherLines.suffix(3) + [line]
            return false
        }
        members += 1
        bytes += member.size
        refusal = refusal(of: member)
        return refusal != nil
    }

    private func refusal(of member: Member) -> String? {
        guard "-dlh".contains(member.type) else {
            return "\(member.name) is neither a file, a folder nor a link"
        }
        let parts = member.name.split(separator: "/", omittingEmptySubsequences: false)
        if member.name.hasPrefix("/") || parts.contains("..") {
            return "\(member.name) lies out of the archive"
        }
        // The top folder, and the file itself.
        if parts.count > rules.depth + 2 {
            return "\(member.name) lies more than \(rules.depth) folders deep"
        }
        if member.size > rules.fileBytes {
            return
                "\(member.name) has \(member.size) bytes, and \(rules.fileBytes) are the most a file may have here (\(Limits.hint))"
        }
        if members > rules.files { return "it has more than \(rules.files) members" }
        if bytes > rules.totalBytes { return "its files have more than \(rules.totalBytes) bytes" }
        return nil
    }

    /// `-rw-rw-r-- 0/0            1234 2021-02-14 22:32 linux/Makefile`
    private struct Member {
        let type: Character
        let size: Int
        /// Escaped by tar; with ` -> target` for a link.
        let name: String

        init?(_ line: String) {
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6, let type = line.first, fields[0].utf8.count == 10,
                fields[1].allSatisfy({ $0.isNumber || $0 == "/" }), fields[3].count == 10,
                fields[4].count == 5
            else { return nil }
            self.type = type
            // A device has "major,minor".
            size = Int(fields[2]) ?? 0
            // Where a link leads is judged when the folder is read.
            let end = type == "l" ? fields[5].firstRange(of: " -> ")?.lowerBound : nil
            name = String(fields[5][..<(end ?? fields[5].endIndex)])
        }
    }
}
