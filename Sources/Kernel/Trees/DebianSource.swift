// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Debian's linux-source packages, its source packages of linux, and upstream's tarballs in these, through the machine's own mirrors and in apt roots of ours.
public struct DebianSource: TreeSource {
    let state: StateFolder
    let suites: Suites
    let mirrors: [String: String]
    let keyring: FilePath

    /// - Parameters:
    ///   - mirrors: addresses by archive name, instead of those that apt is configured with.
    ///   - keyring: the keys that must have signed a suite.
    public init(
        state: StateFolder,
        suites: Suites,
        mirrors: [String: String] = [:],
        keyring: FilePath = "/usr/share/keyrings/debian-archive-keyring.gpg"
    ) {
        self.state = state
        self.suites = suites
        self.mirrors = mirrors
        self.keyring = keyring
    }

    /// - Throws: `FetchError`.
    public func offer(_ version: KernelVersion, progress: @escaping TreeImport.Progress) async throws
        -> TreeOffer
    {
        let row = try row(for: version)
        return try await state.withLock(.apt(suite: row.suite)) {
            let root = root(row)
            try root.prepare(mirror: await mirror(row), keyring: keyring)
            progress(.updating(suite: row.suite))
            try await root.update()
            let versions = try await root.versions(of: row.package)
            let wanted = version.isSeries && version.series == row.kernel.series ? row.kernel : version
            guard let chosen = Self.choose(wanted, versions), let kernel = chosen.kernel else {
                throw FetchError.notInSuite(
                    wanted: "\(row.package) \(version.number)",
                    suite: row.suite,
                    versions: versions.map(\.text)
                )
            }
            return TreeOffer(version: kernel, origin: "\(row.package) \(chosen.text)")
        }
    }

    /// - Throws: `FetchError`, `TreeError`.
    public func obtain(_ offer: TreeOffer, into folder: FilePath, progress: @escaping TreeImport.Progress)
        async throws -> FilePath
    {
        let row = try row(for: offer.version)
        let version = DebianVersion(String(offer.origin.dropFirst(row.package.count + 1)))
        let package = try await state.withLock(.apt(suite: row.suite)) {
            try await download(row.package, version, from: root(row), into: folder, progress)
        }
        switch row.form {
        case .binary: return try await unpack(package, in: folder, progress)
        case .source: return try await unpack(source: package, in: folder, progress)
        case .upstream: return try await unpack(tarball: package, in: folder, progress)
        }
    }

    private func row(for version: KernelVersion) throws(FetchError) -> Suites.Row {
        guard let row = suites.row(for: version) else {
            throw .unknownVersion(version.number, known: suites.known)
        }
        return row
    }

    private func root(_ row: Suites.Row) -> AptRoot {
        AptRoot(
            folder: state.apt.appending(row.suite + (row.form == .binary ? "" : "-source")),
            suite: row.suite,
            form: row.form
        )
    }

    private func mirror(_ row: Suites.Row) async throws -> String {
        if let mirror = mirrors[row.archive] { return mirror }
        guard let mirror = try await AptMirrors.configured().mirror(of: row.archive, in: suites) else {
            throw FetchError.noMirror(archive: row.archive, suite: row.suite)
        }
        return mirror
    }

    /// "5.10" takes the newest; anything more precise must be met exactly.
    private static func choose(_ asked: KernelVersion, _ versions: [DebianVersion]) -> DebianVersion? {
        versions.first { version in
            asked.isSeries ? version.kernel?.series == asked.series : version.kernel == asked
        }
    }

    private func download(
        _ package: String,
        _ version: DebianVersion,
        from root: AptRoot,
        into work: FilePath,
        _ progress: @escaping TreeImport.Progress
    ) async throws -> FilePath {
        let total = try await root.size(of: package, version)
        let folder = work.appending("download")
        try Files.makeFolder(folder)
        // apt tells a pipe nothing while it loads; the growing file does.
        let watch = Task {
            while !Task.isCancelled {
                let done = Self.bytes(in: folder)
                progress(.downloading(package: package, done: done, total: total))
                do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
            }
        }
        defer { watch.cancel() }
        return try await root.download(package, version, into: folder)
    }

    private static func bytes(in folder: FilePath) -> UInt64 {
        // For a progress display: a file that is just being renamed counts as nothing.
        let names = (try? Files.names(in: folder)) ?? []
        return names.reduce(0) { sum, name in
            sum + (Files.size(folder.appending(name)) ?? 0)
        }
    }

    /// Upstream's tree with Debian's patches on it, and without what is Debian's own.
    private func unpack(
        source description: FilePath,
        in work: FilePath,
        _ progress: TreeImport.Progress
    ) async throws -> FilePath {
        progress(.unpacking(description.lastComponent?.string ?? ""))
        let tree = work.appending("linux")
        // apt has checked all files against the signed list; the packager's own signature is not needed.
        try await Tool("dpkg-source").run(
            ["--no-check", "--extract", description.string, tree.string]
        ).required()
        try Files.remove(description.removingLastComponent())
        for name in ["debian", ".pc"] where Files.exists(tree.appending(name)) {
            try Files.remove(tree.appending(name))
        }
        return tree
    }

    /// The package's usr/src/linux-source-*.tar.xz, unpacked.
    private func unpack(
        _ package: FilePath,
        in work: FilePath,
        _ progress: TreeImport.Progress
    ) async throws -> FilePath {
        let files = work.appending("package")
        progress(.unpacking(package.lastComponent?.string ?? ""))
        // The whole package, not `--fsys-tarfile | tar`: the tarball is all but a
        // hundredth of it, and one child has one status.
        try await Tool("dpkg-deb").run(["--extract", package.string, files.string]).required()
        try Files.remove(package)
        let sources = files.appending("usr/src")
        let names =
            Files.isFolder(sources) ? try Files.names(in: sources) : []
        guard let name = names.first(where: { $0.hasPrefix("linux-source-") && $0.contains(".tar") }) else {
            throw FetchError.badPackage(
                "\(package.lastComponent?.string ?? "the package") has no usr/src/linux-source-*.tar.*"
            )
        }
        let tree = try await unpack(tarball: sources.appending(name), in: work, progress)
        try Files.remove(files)
        return tree
    }

    private func unpack(
        tarball: FilePath,
        in work: FilePath,
        _ progress: TreeImport.Progress
    ) async throws -> FilePath {
        let unpacked = work.appending("unpacked")
        try Files.makeFolder(unpacked)
        progress(.unpacking(tarball.lastComponent?.string ?? ""))
        return try await TreeArchive(tarball).unpack(into: unpacked, within: .kernelTree)
    }
}
