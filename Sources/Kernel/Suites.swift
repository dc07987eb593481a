// SPDX-License-Identifier: GPL-2.0-only

import Base
import Yams

/// The table of kernel-config/suites.yml: which suite has which kernel's source.
public struct Suites: Sendable, Hashable {
    public struct Row: Sendable, Hashable {
        /// What a user asks for: a series ("5.10") or one release candidate ("7.3-rc7").
        public let kernel: KernelVersion
        public let suite: String
        public let package: String
        /// A key of `archives`.
        public let archive: String
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

/// A suites.yml that can't be used.
public struct SuitesError: Error, Hashable, CustomStringConvertible {
    /// From 1; 0 if the file as a whole is meant.
    public let line: Int
    public let reason: String

    public var description: String { "suites.yml:\(line): \(reason)" }
}

extension Suites {
    public init(yaml: String) throws(SuitesError) {
        let root: Node
        do {
            root = try Yams.compose(yaml: yaml) ?? Node("")
        } catch {
            throw SuitesError(line: 0, reason: "\(error)")
        }
        func fail(_ node: Node, _ reason: String) -> SuitesError {
            SuitesError(line: node.mark?.line ?? 0, reason: reason)
        }
        func texts(_ node: Node, _ key: String) throws(SuitesError) -> [String] {
            guard let list = node[key]?.sequence else { throw fail(node, "'\(key)' must be a list") }
            return list.compactMap(\.string)
        }
        let releases = try texts(root, "releases")
        guard let archives = root["archives"], let names = archives.mapping?.keys else {
            throw fail(root, "'archives' must be a table")
        }
        var served: [String: Set<String>] = [:]
        for name in names.compactMap(\.string) {
            let suffixes = try texts(archives, name)
            served[name] = Set(releases.flatMap { release in suffixes.map { release + $0 } })
        }
        guard let list = root["suites"]?.sequence else { throw fail(root, "'suites' must be a list") }
        var rows: [Row] = []
        for node in list {
            func text(_ key: String) throws(SuitesError) -> String {
                guard let value = node[key]?.string else { throw fail(node, "a row needs '\(key)'") }
                return value
            }
            let kernel: KernelVersion
            do { kernel = try KernelVersion(text("kernel")) } catch { throw fail(node, "\(error)") }
            // Unquoted, 5.10 is the number 5.1.
            guard node["kernel"]?.scalar?.style != .plain else { throw fail(node, "put 'kernel' in quotes") }
            let row = Row(
                kernel: kernel,
                suite: try text("suite"),
                package: try text("package"),
                archive: try text("archive")
            )
            guard served[row.archive] != nil else { throw fail(node, "'archives' has no '\(row.archive)'") }
            rows.append(row)
        }
        self.rows = rows
        self.served = served
    }
}
