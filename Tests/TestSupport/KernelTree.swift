// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Git
import Testing

/// One of the kernel trees that the tests run on: the newest of its series in the bare repository
/// `KPATCH_TEST_TREES`, which `make check` fills. There is no test without it, and none is skipped for want of one.
public struct KernelTree: Sendable, CustomTestStringConvertible {
    /// Those that `make check` fetches.
    public static let series = ["5.10", "6.1", "6.12", "7.2", "7.3"]

    /// The bare repository that holds the trees.
    public let repository: String
    /// What names it there: `v5.10.262`.
    public let tag: String

    /// The tree of a series: `5.10`.
    public init(_ series: String) throws {
        _ = TestHome.path
        guard let path = ProcessInfo.processInfo.environment["KPATCH_TEST_TREES"], !path.isEmpty else {
            throw Missing(
                description:
                    "KPATCH_TEST_TREES is not set: set it to what `.ci/repository PROGRAM` prints, or run 'make check'"
            )
        }
        let versions = try Repository.open(at: path).tagNames().compactMap {
            tag -> (tag: String, sublevel: Int)? in
            guard tag.hasPrefix("v\(series)."), let number = Int(tag.dropFirst(series.utf8.count + 2)) else {
                return nil
            }
            return (tag, number)
        }
        guard let newest = versions.max(by: { $0.sublevel < $1.sublevel }) else {
            throw Missing(
                description:
                    "\(path) has no Linux \(series): get it with 'kpatch-gen trees fetch \(series)', or run 'make check'"
            )
        }
        (repository, tag) = (path, newest.tag)
    }

    /// `5.10.262`
    public var version: String { String(tag.dropFirst()) }

    public var testDescription: String { tag }

    /// Opens it; for one thread at a time.
    public func files() throws -> Files { try Files(self) }

    /// Reads a file; nil if there is none.
    public func reader() throws -> (String) -> [UInt8]? {
        let files = try files()
        return { path in files.bytes(of: path) }
    }

    /// The files of a tree.
    public final class Files {
        private let repository: Repository
        private let tree: ObjectID
        private let tag: String

        fileprivate init(_ kernel: KernelTree) throws {
            repository = try Repository.open(at: kernel.repository)
            tree = try repository.commit(try repository.commitID(of: "refs/tags/\(kernel.tag)")).tree
            tag = kernel.tag
        }

        /// A file; nil if there is none. A file that can't be read is an issue of the test.
        public func bytes(of path: String) -> [UInt8]? {
            do {
                return try repository.blob(at: path, inTree: tree)?.bytes
            } catch {
                Issue.record("\(tag): \(error)")
                return nil
            }
        }

        /// A file that the tree must have.
        public func required(_ path: String) throws -> [UInt8] {
            try #require(try repository.blob(at: path, inTree: tree)?.bytes, "\(tag) has no \(path)")
        }

        /// The paths of the files below a folder, sorted.
        public func paths(below folder: String) throws -> [String] {
            let entries = try #require(
                try repository.entries(ofFolder: folder, inTree: tree),
                "\(tag) has no \(folder)"
            )
            var paths: [String] = []
            for entry in entries {
                let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
                switch entry.mode {
                case .folder: paths += try self.paths(below: path)
                case .regular, .executable: paths.append(path)
                case .symbolicLink, .submodule: break
                }
            }
            return paths.sorted()
        }
    }

    private struct Missing: Error, CustomStringConvertible {
        let description: String
    }
}
