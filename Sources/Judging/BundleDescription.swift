// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What a bundle was made of, for its manifest and its bill of materials.
struct BundleDescription: Sendable, Encodable {
    private enum CodingKeys: String, CodingKey {
        case series, variant, options, tree, baseCommit, baseTree, patchedTree
        case release = "kernel"
        case profile, fragments, tools, library
    }

    struct File: Encodable {
        let path: String
        let bytes: Int
        let sha256: String
    }

    let series: String
    let variant: String
    let options: [String: String]
    let tree: String
    let baseCommit: String
    let baseTree: String
    let patchedTree: String
    /// As `uname -r` prints it.
    let release: String
    let profile: String
    let fragments: [String]
    /// What `--version` of each printed.
    let tools: [String: String]
    /// The C library that the guest's programs are linked with: "glibc 2.36".
    let library: String

    /// What `manifest.json` holds: the description, and what the folder has.
    struct Manifest: Encodable {
        fileprivate let description: BundleDescription
        fileprivate let files: [File]

        private enum Key: String, CodingKey {
            case schema, tool, files
        }

        func encode(to encoder: any Encoder) throws {
            try description.encode(to: encoder)
            var fields = encoder.container(keyedBy: Key.self)
            try fields.encode(1, forKey: .schema)
            try fields.encode(Program.signature, forKey: .tool)
            try fields.encode(files, forKey: .files)
        }
    }

    func manifest(_ files: [File]) -> Manifest { Manifest(description: self, files: files) }

    // MARK: - CycloneDX

    /// A bill of materials in the form of CycloneDX 1.5 (cyclonedx.org/docs/1.5/json), as far as there is something to say. It
    /// has neither serial number nor time, which that form leaves to the writer.
    struct Materials: Encodable {
        let bomFormat = "CycloneDX"
        let specVersion = "1.5"
        let version = 1
        let metadata: Metadata
        let components: [Component]
    }

    struct Metadata: Encodable {
        let component: Component
        let tools: Tools
    }

    struct Tools: Encodable {
        let components: [Component]
    }

    struct Component: Encodable {
        enum Kind: String, Encodable {
            case system = "operating-system"
            case application, library, file
        }

        let type: Kind
        let name: String
        var version: String?
        var description: String?
        var licenses: [License]?
        var hashes: [Hash]?
        var pedigree: Pedigree?
    }

    struct License: Encodable {
        let expression: String
    }

    struct Hash: Encodable {
        let alg = "SHA-256"
        let content: String
    }

    /// Where a component comes from, and what was done to it.
    struct Pedigree: Encodable {
        let ancestors: [Component]
        let patches: [Patch]
    }

    struct Patch: Encodable {
        struct Diff: Encodable {
            let url: String
        }

        let type = "unofficial"
        let diff: Diff
    }

    private static let kernelLicense = [License(expression: "GPL-2.0-only WITH Linux-syscall-note")]

    func materials(_ files: [File]) -> Materials {
        let patches = files.filter { $0.path.hasPrefix("patches/") }
        var kernel = Component(type: .system, name: "linux", version: release)
        kernel.description = "\(tree) with \(series) \(variant), profile \(profile)"
        kernel.licenses = Self.kernelLicense
        var ancestor = Component(type: .system, name: "linux", version: tree)
        ancestor.description = "git tree \(baseTree)"
        ancestor.licenses = Self.kernelLicense
        kernel.pedigree = Pedigree(
            ancestors: [ancestor],
            patches: patches.map { Patch(diff: .init(url: $0.path)) }
        )
        let words = library.split(separator: " ")
        var glibc = Component(type: .library, name: words.first.map(String.init) ?? library)
        glibc.version = words.last.map(String.init)
        glibc.licenses = [License(expression: "LGPL-2.1-or-later")]
        glibc.description = "linked into the guest's programs"
        let makers =
            [Component(type: .application, name: "kpatch-gen", version: Program.version)]
            + tools.sorted { $0.key < $1.key }.map {
                Component(type: .application, name: $0.key, version: $0.value)
            }
        return Materials(
            metadata: Metadata(component: kernel, tools: Tools(components: makers)),
            components: [glibc]
                + files.map { file in
                    var component = Component(type: .file, name: file.path)
                    component.hashes = [Hash(content: file.sha256)]
                    return component
                }
        )
    }
}
