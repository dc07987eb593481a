// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Yams

/// The table of kernel-config/suites.yml: which suite has which kernel's source.
public struct Suites: Sendable, Hashable {
    /// How a package brings a tree.
    public enum Form: String, Sendable, CaseIterable {
        /// A binary package with the patched tree in it: linux-source-5.10.
        case binary
        /// A source package (`apt-get source`): upstream's tarball, and Debian's patches on it.
        case source
        /// The upstream tarball of a source package alone (`apt-get source --tar-only`), as it was released.
        case upstream
    }

    public struct Row: Sendable, Hashable {
        /// What a user asks for: a series ("5.10") or one release candidate ("7.3-rc7").
        public let kernel: KernelVersion
        public let suite: String
        public let package: String
        /// A key of `archives`.
        public let archive: String
        public let form: Form
    }

    public let rows: [Row]
    /// For each archive the suites by which a configured mirror is recognised.
    let served: [String: Set<String>]

    /// The versions that can be asked for, as they are written.
    public var known: [String] { rows.map(\.kernel.number) }

    /// The row for a version: the very one, else the row of its series.
    func row(for version: KernelVersion) -> Row? {
        rows.first { $0.kernel == version }
            ?? rows.first { $0.kernel.series == version.series && $0.kernel.releaseCandidate == nil }
    }
}

extension Suites {
    public init(yaml: String) throws(ConfigTableError) {
        let table = try ConfigTable(yaml, file: "suites.yml")
        let root = table.root
        try table.check(root, has: ["releases", "archives", "suites"])
        let releases = try table.texts(root, "releases", of: "a list")
        guard let archives = root["archives"], let names = archives.mapping?.keys else {
            throw table.failure(root, "'archives' must be a table")
        }
        var served: [String: Set<String>] = [:]
        for name in names.compactMap(\.string) {
            let suffixes = try table.texts(archives, name, of: "a list")
            served[name] = Set(releases.flatMap { release in suffixes.map { release + $0 } })
        }
        guard let list = root["suites"]?.sequence else {
            throw table.failure(root, "'suites' must be a list")
        }
        var rows: [Row] = []
        for node in list {
            try table.check(node, has: ["kernel", "suite", "package", "archive", "form"])
            func text(_ key: String) throws(ConfigTableError) -> String {
                guard let value = node[key]?.string else { throw table.failure(node, "a row needs '\(key)'") }
                return value
            }
            let kernel: KernelVersion
            do { kernel = try KernelVersion(text("kernel")) } catch { throw table.failure(node, "\(error)") }
            // Unquoted, 5.10 is the number 5.1.
            guard node["kernel"]?.scalar?.style != .plain else {
                throw table.failure(node, "put 'kernel' in quotes")
            }
            guard let form = Form(rawValue: node["form"]?.string ?? Form.binary.rawValue) else {
                let forms = Form.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                throw table.failure(node, "'form' is one of \(forms)")
            }
            let row = Row(
                kernel: kernel,
                suite: try text("suite"),
                package: try text("package"),
                archive: try text("archive"),
                form: form
            )
            guard served[row.archive] != nil else {
                throw table.failure(node, "'archives' has no '\(row.archive)'")
            }
            rows.append(row)
        }
        self.rows = rows
        self.served = served
    }

    /// Reads suites.yml of a kernel-config folder.
    public init(folder: FilePath) throws {
        try self.init(
            yaml: String(decoding: Files.read(folder.appending("suites.yml"), limit: 16 << 20), as: UTF8.self)
        )
    }
}
