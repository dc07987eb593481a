// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// apt with one suite as its only source and all of its files in a folder of
/// ours: needs no root, and the machine's own apt does not notice.
struct AptRoot {
    let folder: FilePath
    let suite: String
    /// Of binary packages and of source packages it knows one kind.
    let form: Suites.Form

    /// Writes the configuration: the suite, its mirror, and the keyring whose keys must have signed it.
    func prepare(mirror: String, keyring: FilePath) throws {
        guard Files.exists(keyring) else { throw FetchError.noKeyring(keyring) }
        for name in ["lists/partial", "cache/archives/partial", "state", "log"] {
            try Files.makeFolder(folder.appending(name))
        }
        // target=: apt-file and appstream add indexes of many megabytes.
        let kind = form == .binary ? ("deb", "Packages") : ("deb-src", "Sources")
        let source = "\(kind.0) [signed-by=\(keyring) target=\(kind.1)] \(mirror) \(suite) main\n"
        try Files.write(Array(source.utf8), to: folder.appending("sources.list"))
        try Files.write(Array(configuration.utf8), to: configurationFile)
    }

    private var configurationFile: FilePath { folder.appending("apt.conf") }

    /// Read after the machine's own configuration, of which only proxies and
    /// mirror passwords are of use here.
    private var configuration: String {
        """
        Dir::Etc::sourcelist "\(folder)/sources.list";
        Dir::Etc::sourceparts "/dev/null";
        Dir::Etc::preferences "/dev/null";
        Dir::Etc::preferencesparts "/dev/null";
        Dir::Etc::trusted "/dev/null";
        Dir::Etc::trustedparts "/dev/null";
        Dir::State "\(folder)/state";
        Dir::State::lists "\(folder)/lists";
        Dir::State::status "/dev/null";
        Dir::Cache "\(folder)/cache";
        Dir::Log "\(folder)/log";
        Acquire::AllowInsecureRepositories "false";
        Acquire::AllowWeakRepositories "false";
        Acquire::AllowDowngradeToInsecureRepositories "false";
        Acquire::Check-Valid-Until "true";
        Acquire::Languages "none";
        Acquire::Retries "3";
        APT::Get::AllowUnauthenticated "false";
        APT::Update::Error-Mode "any";
        #clear APT::Update::Pre-Invoke;
        #clear APT::Update::Post-Invoke;
        #clear APT::Update::Post-Invoke-Success;

        """
    }

    private func apt(_ tool: String, _ arguments: [String], in here: FilePath? = nil) async throws(ToolError)
        -> ToolResult
    {
        try await Tool(tool).run(
            ["-c", configurationFile.string] + arguments,
            in: here,
            // A caller's own configuration file would be read before ours.
            environment: ["APT_CONFIG": nil]
        )
    }

    /// Gets the suite's package list, signature checked.
    func update() async throws {
        let result = try await apt("apt-get", ["-q", "update"])
        try Self.check(result, suite: suite)
    }

    /// The versions of a package that the suite has, newest first.
    func versions(of package: String) async throws -> [DebianVersion] {
        let result = try await apt("apt-cache", ["madison", package]).required()
        var seen: [DebianVersion] = []
        for line in result.outputText.split(separator: "\n") {
            let fields = line.split(separator: "|").map { String($0.trimmed) }
            guard fields.count > 1, fields[0] == package else { continue }
            let version = DebianVersion(fields[1])
            if !seen.contains(version) { seen.append(version) }
        }
        // Source packages come in the list's order, where a later revision is further down.
        return form == .binary ? seen : Self.newestFirst(seen)
    }

    private static func newestFirst(_ versions: [DebianVersion]) -> [DebianVersion] {
        let numbered = versions.enumerated().compactMap { place, version in
            version.kernel.map { (kernel: $0, place: place, version: version) }
        }
        return numbered.sorted { ($1.kernel, $1.place) < ($0.kernel, $0.place) }.map(\.version)
    }

    /// The size of a package in bytes; nil if apt does not say.
    func size(of package: String, _ version: DebianVersion) async throws -> UInt64? {
        // 'uri' name size hash
        let result = try await apt("apt-get", ["-qq", "--print-uris"] + getting(package, version))
        let sizes = result.outputText.split(separator: "\n").map { line -> UInt64? in
            let fields = line.split(separator: " ")
            return fields.count > 2 && line.hasPrefix("'") ? UInt64(fields[2]) : nil
        }
        let known = sizes.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    /// Puts the package's files into a folder, and returns the one that names or holds the others; their hashes are
    /// checked against the signed list.
    func download(_ package: String, _ version: DebianVersion, into here: FilePath) async throws -> FilePath {
        let result = try await apt("apt-get", ["-q"] + getting(package, version), in: here)
        try Self.check(result, suite: suite)
        let part =
            switch form {
            case .binary: ".deb"
            case .source: ".dsc"
            case .upstream: ".orig.tar."
            }
        // A detached signature of the tarball, .orig.tar.xz.asc, is no tarball.
        guard
            let name = try Files.names(in: here).first(where: { $0.contains(part) && !$0.hasSuffix(".asc") })
        else { throw FetchError.apt("\(result.command) left no *\(part)* file\n\(result.errorText)") }
        return here.appending(name)
    }

    private func getting(_ package: String, _ version: DebianVersion) -> [String] {
        let verb =
            switch form {
            case .binary: ["download"]
            case .source: ["--download-only", "source"]
            case .upstream: ["--download-only", "--tar-only", "source"]
            }
        return verb + ["\(package)=\(version.text)"]
    }

    /// Words by which apt's complaints are told apart, the graver first.
    private static let complaints: [(words: String, error: @Sendable (String, String) -> FetchError)] = [
        ("NO_PUBKEY", { .badSignature(suite: $0, text: $1) }),
        ("signatures couldn't be verified", { .badSignature(suite: $0, text: $1) }),
        ("signatures were invalid", { .badSignature(suite: $0, text: $1) }),
        ("is not signed", { .badSignature(suite: $0, text: $1) }),
        ("OpenPGP signature verification failed", { .badSignature(suite: $0, text: $1) }),
        ("Release file for", { .badSignature(suite: $0, text: $1) }),  // "… is expired", "… is not valid yet"
        ("Hash Sum mismatch", { .badSignature(suite: $0, text: $1) }),
        ("unexpected size", { .badSignature(suite: $0, text: $1) }),
        ("does not have a Release file", { .noSuite($0, text: $1) }),
        ("Unable to connect", { .unreachable(suite: $0, text: $1) }),
        ("Could not connect", { .unreachable(suite: $0, text: $1) }),
        ("Could not resolve", { .unreachable(suite: $0, text: $1) }),
        ("Temporary failure resolving", { .unreachable(suite: $0, text: $1) }),
        ("Connection failed", { .unreachable(suite: $0, text: $1) }),
        ("Connection timed out", { .unreachable(suite: $0, text: $1) }),
        ("Network is unreachable", { .unreachable(suite: $0, text: $1) }),
        ("Failed to fetch", { .unreachable(suite: $0, text: $1) }),
    ]

    /// apt calls a failed download a warning and, before 2.1, ends with 0.
    static func check(_ result: ToolResult, suite: String) throws(FetchError) {
        let lines = (result.errorText + result.outputText).split(separator: "\n").filter { line in
            line.hasPrefix("E:") || line.hasPrefix("W:") || line.hasPrefix("Err:")
        }
        let text = lines.joined(separator: "\n")
        let failed = !result.status.isSuccess || text.contains("Failed to fetch")
        guard failed else { return }
        for complaint in complaints where text.contains(complaint.words) {
            throw complaint.error(suite, text)
        }
        throw .apt(text.isEmpty ? result.errorText : text)
    }
}

/// A Debian package version.
struct DebianVersion: Hashable {
    /// As apt writes it: `7.3~rc7-1~exp1`.
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The kernel's own version: without epoch and Debian revision, `~rc` as `-rc`.
    var kernel: KernelVersion? {
        let noEpoch = text.firstIndex(of: ":").map { text[text.index(after: $0)...] } ?? text[...]
        let upstream = noEpoch.lastIndex(of: "-").map { noEpoch[..<$0] } ?? noEpoch
        let parts = upstream.split(separator: "~", omittingEmptySubsequences: false)
        // A version that isn't a kernel's has no place in linux-source-*; it is left out.
        return try? KernelVersion(parts.joined(separator: "-"))
    }
}
