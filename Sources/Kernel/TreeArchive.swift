// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A tar archive with a kernel tree in it.
struct TreeArchive {
    let path: FilePath

    /// File name endings, and the program that tar calls for each.
    private static let decompressors: [(ending: String, tool: String?)] = [
        (".tar", nil), (".tar.gz", "gzip"), (".tgz", "gzip"), (".tar.xz", "xz"), (".tar.zst", "zstd"),
        (".tar.bz2", "bzip2"),
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
    }

    /// Unpacks everything; returns the folder that holds the tree: the
    /// archive's single top folder, or `folder` itself.
    func unpack(into folder: FilePath) async throws -> FilePath {
        // Ownership is the archive's business elsewhere: root must not get files of stray users.
        try await Tool("tar").run(["--no-same-owner", "-xf", path.string, "-C", folder.string]).required()
        let names = try Files.names(in: folder)
        guard names.count == 1, let name = names.first else { return folder }
        let top = folder.appending(name)
        return Files.isFolder(top) ? top : folder
    }
}
