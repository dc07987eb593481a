// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import Kernel

@Suite struct FetchTests {
    private static let table = """
        releases: [bookworm, sid, stable]
        archives:
          main: ["", -updates]
          security: [-security]
        suites:
          - {kernel: "5.10", suite: bullseye-security, package: linux-source-5.10, archive: security}
          - {kernel: "5.11", suite: bullseye-security, package: linux, form: source, archive: security}
          - {kernel: "7.3", suite: sid, package: linux-source-7.3, archive: main}
          - {kernel: "7.3-rc7", suite: experimental, package: linux-source-7.3, archive: main}

        """

    /// The table that is shipped.
    private static let shipped = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("kernel-config/suites.yml")

    private func debian(
        _ state: StateFolder,
        _ suites: Suites,
        mirrors: [String: String] = [:],
        keyring: FilePath = "/none"
    ) -> TreeFetcher {
        TreeFetcher(
            state: state,
            source: DebianSource(state: state, suites: suites, mirrors: mirrors, keyring: keyring)
        )
    }

    @Test func readsTheShippedTable() throws {
        let suites = try Suites(yaml: String(contentsOf: Self.shipped, encoding: .utf8))
        #expect(suites.known.starts(with: ["5.10", "6.1", "6.12"]))
        for row in suites.rows {
            #expect(row.package == (row.form == .binary ? "linux-source-\(row.kernel.series)" : "linux"))
        }
    }

    @Test(arguments: [
        ("5.10", "bullseye-security"), ("5.10.262", "bullseye-security"), ("v7.3", "sid"), ("7.3.4", "sid"),
        ("7.3-rc7", "experimental"), ("7.3-rc6", "sid"),
    ])
    func picksARow(asked: String, suite: String) throws {
        #expect(try Suites(yaml: Self.table).row(for: KernelVersion(asked))?.suite == suite)
    }

    @Test(arguments: [
        ("kernel: \"5.10\"", "kernel: 5.10", "put 'kernel' in quotes"),
        ("suite: sid, ", "", "a row needs 'suite'"),
        ("archive: security}", "archive: secure}", "'archives' has no 'secure'"),
        ("\"7.3\"", "\"new\"", "not a kernel version"),
        ("releases:", "release:", "'release' is none of the keys here"),
        ("form: source", "form: sources", "'form' is one of 'binary', 'source', 'upstream'"),
    ])
    func refusesABrokenTable(old: String, new: String, reason: String) {
        let error = #expect(throws: ConfigTableError.self) {
            try Suites(yaml: Self.table.replacingOccurrences(of: old, with: new))
        }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func unknownVersionsNameTheKnown() async throws {
        let scratch = try Scratch()
        let fetcher = debian(StateFolder(root: scratch.path), try Suites(yaml: Self.table))
        await #expect(throws: FetchError.unknownVersion("4.19", known: ["5.10", "5.11", "7.3", "7.3-rc7"])) {
            try await fetcher.fetch("4.19")
        }
        await #expect(throws: KernelVersionError.self) { try await fetcher.fetch("latest") }
    }

    @Test func recognisesMirrorsByWhatTheyServe() throws {
        let suites = try Suites(yaml: Self.table)
        let mirrors = AptMirrors(
            """
            cdrom:[Debian 12]/|bookworm
            https://third.example/packages/|nodistro
            https://sec.example/debian-security/|bookworm-security
            https://one.example/debian/|bookworm-updates
            https://two.example/debian/|bookworm

            """
        )
        #expect(mirrors.mirror(of: "security", in: suites) == "https://sec.example/debian-security/")
        #expect(mirrors.mirror(of: "main", in: suites) == "https://one.example/debian/")
        // Ubuntu's security suite is not Debian's.
        #expect(
            AptMirrors("https://u.example/ubuntu/|noble-security\n").mirror(of: "security", in: suites) == nil
        )
    }

    @Test(arguments: [
        ("E: Release file for x is expired", 100, "signature"),
        (
            "W: GPG error: x InRelease: The following signatures couldn't be verified: NO_PUBKEY 1\nE: The repository is not signed.",
            100, "signature"
        ),
        (
            "E: The repository 'x bullseye Release' does not have a Release file.", 100,
            "does not have bullseye"
        ),
        (
            "W: Failed to fetch x  Could not connect to x:80\nW: Some index files failed to download.", 0,
            "can't reach"
        ),
        ("W: Failed to fetch x  Temporary failure resolving 'x'", 100, "can't reach"),
        ("E: Something new", 100, "apt failed"),
    ])
    func tellsAptsComplaintsApart(text: String, status: Int32, words: String) throws {
        let result = ToolResult(
            command: "apt-get",
            status: .exited(status),
            output: [],
            errors: Array(text.utf8),
            dropped: 0
        )
        let error = #expect(throws: FetchError.self) { try AptRoot.check(result, suite: "bullseye") }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func aWarningIsNoFailure() throws {
        let text = "W: Download is performed unsandboxed as root\n"
        try AptRoot.check(
            ToolResult(
                command: "apt-get",
                status: .exited(0),
                output: [],
                errors: Array(text.utf8),
                dropped: 0
            ),
            suite: "bullseye"
        )
    }

    @Test func needsTheKeyring() async throws {
        let scratch = try Scratch()
        let fetcher = debian(
            StateFolder(root: scratch.path),
            try Suites(yaml: Self.table),
            mirrors: ["security": "file:/nonexistent/"],
            keyring: scratch["none.gpg"]
        )
        await #expect(throws: FetchError.noKeyring(scratch["none.gpg"])) { try await fetcher.fetch("5.10") }
    }

    @Test(.enabled(if: Tool("apt-get").locate() != nil, "needs apt-get"))
    func anUnsignedRepositoryIsRefused() async throws {
        let scratch = try Scratch()
        try scratch.write(
            "Origin: X\nSuite: bullseye-security\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n",
            to: "mirror/dists/bullseye-security/Release"
        )
        let keyring = try scratch.write("", to: "keys.gpg")
        let fetcher = debian(
            StateFolder(root: scratch["state"]),
            try Suites(yaml: Self.table),
            mirrors: ["security": "file:\(scratch["mirror"])"],
            keyring: keyring
        )
        let error = await #expect(throws: FetchError.self) { try await fetcher.fetch("5.10") }
        guard case .badSignature = error else {
            Issue.record("not .badSignature: \(String(describing: error))")
            return
        }
    }

    @Test(.enabled(if: Tool("apt-get").locate() != nil, "needs apt-get"))
    func aMirrorWithoutTheSuiteIsNamed() async throws {
        let scratch = try Scratch()
        try Files.makeFolder(scratch["mirror/dists"])
        let fetcher = debian(
            StateFolder(root: scratch["state"]),
            try Suites(yaml: Self.table),
            mirrors: ["security": "file:\(scratch["mirror"])"],
            keyring: try scratch.write("", to: "keys.gpg")
        )
        let error = await #expect(throws: FetchError.self) { try await fetcher.fetch("5.10") }
        guard case .noSuite = error else {
            Issue.record("not .noSuite: \(String(describing: error))")
            return
        }
        #expect(Files.names(below: scratch["state/tmp"]).isEmpty)
    }

    /// A repository signed with a key of the test's own, through all of
    /// update, download, unpack and import.
    @Test(
        .enabled(
            if: ["apt-get", "dpkg-deb", "gpg"].allSatisfy { Tool($0).locate() != nil },
            "needs apt, dpkg, gpg"
        )
    )
    func fetchesFromASignedRepository() async throws {
        let scratch = try Scratch()
        let keyring = try await SignedRepository(scratch).make()
        let state = StateFolder(root: scratch["state folder"])
        let fetcher = debian(
            state,
            try Suites(yaml: Self.table),
            mirrors: ["security": "file:\(scratch["mirror"])"],
            keyring: keyring
        )
        let tree = try await fetcher.fetch("5.10")
        #expect(tree.tag == "v5.10.7")
        let git = GitTool(repository: state.trees)
        #expect(
            try await git(["log", "-1", "--format=%s", "v5.10.7"]).outputText
                == "Linux 5.10.7 (linux-source-5.10 5.10.7-1)\n"
        )
        #expect(try await fetcher.fetch("5.10").wasPresent)
        #expect(Files.names(below: state.temporary).isEmpty)
        await #expect(
            throws: FetchError.notInSuite(
                wanted: "linux-source-5.10 5.10.8",
                suite: "bullseye-security",
                versions: ["5.10.7-1"]
            )
        ) {
            try await fetcher.fetch("5.10.8")
        }
    }

    /// The newest of the source packages, with or without the patches of its queue, and nothing of the packaging.
    @Test(
        .enabled(
            if: ["apt-get", "dpkg-deb", "dpkg-source", "gpg"].allSatisfy { Tool($0).locate() != nil },
            "needs apt, dpkg, dpkg-dev, gpg"
        ),
        arguments: [("source", true), ("upstream", false)]
    )
    func fetchesASourcePackage(form: String, isPatched: Bool) async throws {
        let scratch = try Scratch()
        let keyring = try await SignedRepository(scratch).make()
        let state = StateFolder(root: scratch["state"])
        let fetcher = debian(
            state,
            try Suites(yaml: Self.table.replacing("form: source", with: "form: \(form)")),
            mirrors: ["security": "file:\(scratch["mirror"])"],
            keyring: keyring
        )
        let tree = try await fetcher.fetch("5.11")
        #expect(tree.tag == "v5.11.10")
        let git = GitTool(repository: state.trees)
        #expect(
            try await git(["log", "-1", "--format=%s", "v5.11.10"]).outputText
                == "Linux 5.11.10 (linux 5.11.10-2)\n"
        )
        let names = try await git(["ls-tree", "--name-only", "v5.11.10"]).outputText
        #expect(names.contains("patched") == isPatched, "\(names)")
        #expect(!names.contains("debian") && !names.contains(".pc"), "\(names)")
        #expect(Files.names(below: state.temporary).isEmpty)
    }

    @Test(
        .enabled(
            if: ["apt-get", "dpkg-deb", "gpg"].allSatisfy { Tool($0).locate() != nil },
            "needs apt, dpkg, gpg"
        )
    )
    func foreignKeysAndChangedPackagesAreRefused() async throws {
        let scratch = try Scratch()
        let keyring = try await SignedRepository(scratch).make()
        let state = StateFolder(root: scratch["state"])
        let suites = try Suites(yaml: Self.table)
        let mirrors = ["security": "file:\(scratch["mirror"])"]
        let stranger = try scratch.write("", to: "stranger.gpg")
        let package = scratch["mirror/pool/linux-source-5.10_5.10.7-1_all.deb"]

        let foreign = debian(state, suites, mirrors: mirrors, keyring: stranger)
        let first = await #expect(throws: FetchError.self) { try await foreign.fetch("5.10") }
        #expect(
            first?.description.contains("a signature or checksum") == true,
            "\(String(describing: first))"
        )

        var bytes = try Files.read(package)
        bytes[bytes.count - 1] ^= 1
        try Files.write(bytes, to: package)
        let right = debian(state, suites, mirrors: mirrors, keyring: keyring)
        let second = await #expect(throws: FetchError.self) { try await right.fetch("5.10") }
        #expect(
            second?.description.contains("a signature or checksum") == true,
            "\(String(describing: second))"
        )
        #expect(!Files.exists(state.trees))
        #expect(Files.names(below: state.temporary).isEmpty)
    }
}

extension Files {
    /// For tests: none if the folder is not there.
    static func names(below path: FilePath) -> [String] { (try? names(in: path)) ?? [] }
}

@Suite struct DebianVersionTests {
    @Test(arguments: [
        ("5.10.262-1", "5.10.262"), ("7.3~rc7-1~exp1", "7.3-rc7"), ("6.1.180-1~deb11u1", "6.1.180"),
        ("1:7.2.12-1~bpo13+1", "7.2.12"),
    ])
    func readsDebianVersion(debian: String, kernel: String) {
        #expect(DebianVersion(debian).kernel?.number == kernel)
    }
}
