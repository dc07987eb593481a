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

    private func size(_ file: String) throws -> UInt64 { Files.size(scratch["mirror/\(file)"]) ?? 0 }

    private func digest(_ file: String) async throws -> Substring {
        let output = try await Tool("sha256sum").run([scratch["mirror/\(file)"].string]).required().outputText
        return output.prefix { $0 != " " }
    }
}
