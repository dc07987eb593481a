// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Something that kpatch-gen needs of a machine.
public struct Requirement: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// A program in PATH; `version` is the argument that makes it tell its version.
        case command(String, version: String?)
        /// A header that gcc finds.
        case header(String)
        /// A library that gcc can link statically, by file name.
        case staticLibrary(String)
        /// A file with a fixed place.
        case file(FilePath)
        /// Free bytes where the state folder is.
        case space(bytes: UInt64)
    }

    public let kind: Kind
    /// What it is for.
    public let purpose: String
    /// The Debian package; nil if none helps.
    public let package: String?
    /// False if the tool does its work without, if more slowly.
    public let isNeeded: Bool

    init(_ kind: Kind, _ purpose: String, package: String?, isNeeded: Bool = true) {
        self.kind = kind
        self.purpose = purpose
        self.package = package
        self.isNeeded = isNeeded
    }

    /// Its short name for a list.
    public var name: String {
        switch kind {
        case .command(let name, _), .header(let name), .staticLibrary(let name): name
        case .file(let path): path.lastComponent?.string ?? path.string
        case .space: "disk space"
        }
    }
}

extension Requirement {
    private static func command(
        _ name: String,
        _ purpose: String,
        version: String? = "--version",
        isNeeded: Bool = true
    ) -> Self {
        Requirement(
            .command(name, version: version),
            purpose,
            package: DebianPackages.byCommand[name],
            isNeeded: isNeeded
        )
    }

    /// A kernel tree is 1.1 GB, its build 0.6 GB, the shared repository 0.25 GB a tree.
    private static let space: UInt64 = 4 << 30

    /// All that any verb needs.
    public static let all: [Requirement] = [
        command("make", "builds the kernel"),
        command("gcc", "compiles the kernel and the guest's programs"),
        command("ld", "links the kernel"),
        command("bc", "computes kernel/time's constants", version: nil),
        command("flex", "reads Kconfig"),
        command("bison", "reads Kconfig"),
        command("perl", "runs checkpatch.pl and get_maintainer.pl"),
        Requirement(
            .header("libelf.h"),
            "objtool, which builds kernels with ORC or retpolines",
            package: "libelf-dev"
        ),
        Requirement(.header("openssl/opensslv.h"), "the kernel's certificate tools", package: "libssl-dev"),
        Requirement(.staticLibrary("libc.a"), "static programs for the guest", package: "libc6-dev"),
        command("git", "imports kernel trees (fast-import), compares series (range-diff)"),
        command("tar", "unpacks kernel sources"),
        command("xz", "unpacks kernel sources"),
        command("apt-get", "'trees fetch' takes kernel sources from Debian", isNeeded: false),
        command("dpkg-deb", "'trees fetch' unpacks Debian's packages", isNeeded: false),
        command("dpkg-source", "'trees fetch' unpacks Debian's source packages", isNeeded: false),
        Requirement(
            .file("/usr/share/keyrings/debian-archive-keyring.gpg"),
            "'trees fetch' checks Debian's signatures",
            package: "debian-archive-keyring",
            isNeeded: false
        ),
        command(Architecture.x86.emulator, "boots the kernels"),
        command("zstd", "'bundle' packs its archive", isNeeded: false),
        command("ccache", "makes repeated builds quick", isNeeded: false),
        Requirement(.space(bytes: space), "a kernel tree and a build", package: nil),
    ]
}

/// What a check found.
public struct Finding: Sendable, Hashable {
    public enum Answer: Sendable, Hashable {
        /// `detail` is a version, a path, or a size.
        case found(detail: String)
        case missing(reason: String)
    }

    public let requirement: Requirement
    public let answer: Answer

    public var isMissing: Bool {
        if case .missing = answer { true } else { false }
    }
}

/// Checks a machine.
public struct Doctor: Sendable {
    let state: StateFolder
    let requirements: [Requirement]

    public init(state: StateFolder, requirements: [Requirement] = Requirement.all) {
        self.state = state
        self.requirements = requirements
    }

    /// Checks everything, in the table's order.
    public func check() async throws(ToolError) -> [Finding] {
        var findings: [Finding] = []
        for requirement in requirements {
            findings.append(Finding(requirement: requirement, answer: try await answer(requirement.kind)))
        }
        return findings
    }

    /// The one command that installs what is missing; nil if nothing is or no package helps.
    public static func remedy(_ findings: [Finding]) -> String? {
        var packages: [String] = []
        for finding in findings where finding.isMissing {
            guard let package = finding.requirement.package, !packages.contains(package) else { continue }
            packages.append(package)
        }
        return packages.isEmpty ? nil : DebianPackages.installCommand(packages)
    }

    private func answer(_ kind: Requirement.Kind) async throws(ToolError) -> Finding.Answer {
        switch kind {
        case .command(let name, let version):
            return try await command(name, version)
        case .header(let name):
            guard Tool("gcc").locate() != nil else { return .missing(reason: "can't tell without gcc") }
            let result = try await Tool("gcc").run(["-E", "-x", "c", "-include", name, "/dev/null"])
            // `# 1 "/usr/include/libelf.h" 1 3 4`
            let path = result.outputText.split(separator: "\"").first { $0.hasSuffix("/" + name) }
            return result.status.isSuccess
                ? .found(detail: String(path ?? Substring(name))) : .missing(reason: "gcc does not find it")
        case .staticLibrary(let name):
            guard Tool("gcc").locate() != nil else { return .missing(reason: "can't tell without gcc") }
            let path =
                try await Tool("gcc").run(["-print-file-name=\(name)"]).outputText.split(separator: "\n")
                .first ?? ""
            // gcc answers with the bare name when it finds nothing.
            return path.contains("/")
                ? .found(detail: String(path)) : .missing(reason: "gcc does not find it")
        case .file(let path):
            return Files.exists(path)
                ? .found(detail: path.string) : .missing(reason: "\(path) does not exist")
        case .space(let bytes):
            guard let free = Files.freeSpace(at: state.root) else {
                return .missing(reason: "can't examine \(state.root)")
            }
            let text = "\(free >> 20) MiB free at \(state.root)"
            return free >= bytes
                ? .found(detail: text) : .missing(reason: "\(text), \(bytes >> 20) MiB wanted")
        }
    }

    private func command(_ name: String, _ version: String?) async throws(ToolError) -> Finding.Answer {
        guard let path = Tool(name).locate() else { return .missing(reason: "not in PATH") }
        guard let version else { return .found(detail: path.string) }
        let result = try await Tool(name).run([version])
        let lines = (result.outputText + result.errorText).split(separator: "\n")
        // perl begins with an empty line and a sentence.
        let line = lines.first { $0.contains(where: \.isNumber) } ?? Substring(path.string)
        return .found(detail: String(line.trimmed))
    }
}
