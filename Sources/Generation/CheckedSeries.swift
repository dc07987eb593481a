// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc
import PatchSeries
import SystemPackage

/// The state folder's word that the files of a series passed this program's checks, with what was found out about them:
/// checks, YAML and SHA-1 take longer than `apply` has.
///
/// One file per series, which nobody misses: without it, where it can't be read or written, or where it is damaged, all
/// is found out anew.
package struct CheckedSeries {
    /// What holds for the files.
    package struct Findings {
        package let digest: ObjectID
        package let manifests: ParsedManifests
    }

    private let file: FilePath
    private let program: [UInt8]

    /// Nil where the program can't tell its own builds apart.
    package init?(_ name: String, in folder: FilePath) {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return nil }
        // One elsewhere is named by its path.
        file = folder.appending("series-" + name.replacing("/", with: "%"))
        // Another build of the program may check more.
        let time = status.st_mtim
        program = Array("\(status.st_size) \(time.tv_sec).\(time.tv_nsec)\n".utf8)
    }

    /// What was found out about these very files, nil if nothing was.
    ///
    /// - Parameter files: the bytes of all of them.
    package func findings(on files: [UInt8]) -> Findings? {
        guard let kept = try? Files.read(file) else { return nil }
        var rest = kept[...]
        guard Self.take(program, from: &rest), Self.take(files, from: &rest) else { return nil }
        let seal = String(decoding: rest.prefix(Self.idLength), as: UTF8.self)
        let found = Array(rest.dropFirst(Self.idLength))
        guard (try? ObjectID.ofBlob(found).description) == seal,
            let digest = ObjectID(hex: String(decoding: found.prefix(Self.idLength), as: UTF8.self)),
            let manifests = ParsedManifests(Array(found.dropFirst(Self.idLength)))
        else { return nil }
        return Findings(digest: digest, manifests: manifests)
    }

    /// Keeps what was found out about files that passed the checks.
    package func keep(_ findings: Findings, on files: [UInt8]) {
        let found = Array(findings.digest.description.utf8) + findings.manifests.bytes
        guard let seal = try? ObjectID.ofBlob(found) else { return }
        try? Files.makeFolder(file.removingLastComponent())
        try? Files.write(program + files + Array(seal.description.utf8) + found, to: file)
    }

    private static let idLength = 40

    /// Whether the bytes begin like that; then they are taken off. The files are compared as they are: quicker than a
    /// digest of them.
    private static func take(_ head: [UInt8], from bytes: inout ArraySlice<UInt8>) -> Bool {
        guard bytes.count >= head.count else { return false }
        let isSame = bytes.withUnsafeBytes { bytes in
            head.withUnsafeBytes { head in
                guard let bytes = bytes.baseAddress, let start = head.baseAddress else { return head.isEmpty }
                return memcmp(bytes, start, head.count) == 0
            }
        }
        bytes = bytes.dropFirst(head.count)
        return isSame
    }
}
