// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

@testable import Kernel

/// A Debian archive in a folder: one linux-source package, signed with a key made for it.
struct SignedRepository {
    let scratch: Scratch

    init(_ scratch: Scratch) {
        self.scratch = scratch
    }

    /// Makes it in `mirror`; returns the keyring with the public key.
    func make() async throws -> FilePath {
        _ = try scratch.kernelTree("linux-source-5.10")
        let package = "package/usr/src"
        try Files.makeFolder(scratch[package])
        try await Tool("tar").run(
            ["-cJf", scratch["\(package)/linux-source-5.10.tar.xz"].string, "linux-source-5.10"],
            in: scratch.path
        ).required()
        try scratch.write(
            "Package: linux-source-5.10\nVersion: 5.10.7-1\nArchitecture: all\nMaintainer: T <t@localhost>\nDescription: test\n",
            to: "package/DEBIAN/control"
        )
        let suite = "dists/bullseye-security"
        try Files.makeFolder(scratch["mirror/pool"])
        try await Tool("dpkg-deb").run(
            [
                "--root-owner-group", "--build", scratch["package"].string,
                scratch["mirror/pool/linux-source-5.10_5.10.7-1_all.deb"].string,
            ]
        ).required()
        let file = "pool/linux-source-5.10_5.10.7-1_all.deb"
        let control = try scratch.text("package/DEBIAN/control")
        let entry = try await control + "Filename: \(file)\nSize: \(size(file))\nSHA256: \(digest(file))\n"
        let dpkg = try await Tool("dpkg").run(["--print-architecture"]).required()
        let architecture = dpkg.outputText.split(separator: "\n")[0]
        let packages = "main/binary-\(architecture)/Packages"
        try scratch.write(entry, to: "mirror/\(suite)/\(packages)")
        let sources = "main/source/Sources"
        try scratch.write(try await sourcePackages(), to: "mirror/\(suite)/\(sources)")
        let sourcesDigest = try await self.digest("\(suite)/\(sources)")
        let date = try await Tool("date").run(["-u", "-R"]).required().outputText
        let digest = try await digest("\(suite)/\(packages)")
        try scratch.write(
            """
            Suite: bullseye-security
            Codename: bullseye-security
            Components: main
            Architectures: \(architecture) all
            Date: \(date.replacing("\n", with: ""))
            SHA256:
             \(digest) \(size("\(suite)/\(packages)")) \(packages)
             \(sourcesDigest) \(size("\(suite)/\(sources)")) \(sources)

            """,
            to: "mirror/\(suite)/Release"
        )
        try Files.makeFolder(scratch["gnupg"])
        let gpg = ["--homedir", scratch["gnupg"].string, "--batch", "--quiet"]
        try await Tool("chmod").run(["700", scratch["gnupg"].string]).required()
        try await Tool("gpg").run(
            gpg + ["--passphrase", "", "--quick-gen-key", "T <t@localhost>", "rsa3072", "sign", "never"]
        ).required()
        try await Tool("gpg").run(
            gpg + [
                "--clearsign", "-o", scratch["mirror/\(suite)/InRelease"].string,
                scratch["mirror/\(suite)/Release"].string,
            ]
        ).required()
        let keyring = scratch["keys.gpg"]
        try await Tool("gpg").run(gpg + ["--export", "-o", keyring.string]).required()
        // The agent that gpg starts lives on; it is this test's.
        _ = try await Tool("gpgconf").run(["--homedir", scratch["gnupg"].string, "--kill", "all"])
        return keyring
    }

    /// Source packages of three versions, and what the archive's list says of them.
    private func sourcePackages() async throws -> String {
        var list = ""
        for (version, revision) in [("5.11.9", 1), ("5.11.10", 1), ("5.11.10", 2)] {
            let upstream = scratch["upstream-\(version)-\(revision)/linux-\(version)"]
            let folder = "upstream-\(version)-\(revision)"
            _ = try scratch.kernelTree("\(folder)/linux-\(version)")
            let numbers = version.split(separator: ".")
            try scratch.write(
                "VERSION = \(numbers[0])\nPATCHLEVEL = \(numbers[1])\nSUBLEVEL = \(numbers[2])\nEXTRAVERSION =\n",
                to: "\(folder)/linux-\(version)/Makefile"
            )
            try scratch.write(
                "--- /dev/null\n+++ b/patched\n@@ -0,0 +1 @@\n+by Debian\n",
                to: "\(folder)/debian/patches/first.patch"
            )
            try scratch.write("first.patch\n", to: "\(folder)/debian/patches/series")
            try scratch.write("3.0 (quilt)\n", to: "\(folder)/debian/source/format")
            let names = ["linux_\(version).orig.tar.xz", "linux_\(version)-\(revision).debian.tar.xz"]
            for (name, content) in zip(names, [upstream.lastComponent?.string ?? "", "debian"])
            where !Files.exists(scratch["mirror/pool/\(name)"]) {
                try await Tool("tar").run(
                    ["-cJf", scratch["mirror/pool/\(name)"].string, content],
                    in: scratch[folder]
                ).required()
            }
            // dpkg-source wants the old digests as well.
            func oldRows(_ names: [String]) async throws -> String {
                var result = ""
                for name in names {
                    let output = try await Tool("md5sum").run([scratch["mirror/pool/\(name)"].string])
                        .required()
                    let digest = output.outputText.prefix { $0 != " " }
                    result += try " \(digest) \(size("pool/\(name)")) \(name)\n"
                }
                return result
            }
            func rows(_ names: [String]) async throws -> String {
                var result = ""
                for name in names {
                    result += try await " \(digest("pool/\(name)")) \(size("pool/\(name)")) \(name)\n"
                }
                return result
            }
            let head =
                "Binary: linux-libc-dev\nArchitecture: all\nVersion: \(version)-\(revision)\nMaintainer: T <t@localhost>\nStandards-Version: 4.2.0\nFormat: 3.0 (quilt)\n"
            let description = "linux_\(version)-\(revision).dsc"
            try scratch.write(
                "Source: linux\n\(head)Checksums-Sha256:\n\(try await rows(names))Files:\n\(try await oldRows(names))",
                to: "mirror/pool/\(description)"
            )
            list +=
                "Package: linux\n\(head)Directory: pool\nChecksums-Sha256:\n\(try await rows([description] + names))\n"
        }
        return list
    }

    private func size(_ file: String) throws -> UInt64 { Files.size(scratch["mirror/\(file)"]) ?? 0 }

    private func digest(_ file: String) async throws -> Substring {
        let output = try await Tool("sha256sum").run([scratch["mirror/\(file)"].string]).required().outputText
        return output.prefix { $0 != " " }
    }
}
