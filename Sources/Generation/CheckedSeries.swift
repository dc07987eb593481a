// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc
import PatchSeries
import SystemPackage

/// The state folder's word that the files of a series passed this program's checks, with the files and what was found
/// out about them: walking the folder, checks, YAML and SHA-1 take longer than `apply` has.
///
/// One file per series, which nobody misses: without it, where it can't be read or written, or where it is damaged, all
/// is found out anew.
struct CheckedSeries {
    /// What holds for the files.
    struct Findings {
        let digest: ObjectID
        let manifests: ParsedManifests
    }

    /// What a run left for the next.
    struct Kept {
        /// How the folder looked.
        let stamp: FolderStamp
        /// All of the files, as `SeriesFiles.joined` gives them.
        let joined: ArraySlice<UInt8>
        let findings: Findings
    }

    private let file: FilePath
    private let program: [UInt8]

    /// Nil where the program can't tell its own builds apart.
    init?(_ name: String, in folder: FilePath) {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return nil }
        // One elsewhere is named by its path.
        file = folder.appending("series-" + name.replacing("/", with: "%"))
        // Another build of the program may check more.
        let time = status.st_mtim
        program = Array("\(status.st_size) \(time.tv_sec).\(time.tv_nsec)\n".utf8)
    }

    /// What was kept by this program; nil if nothing was, or if the file is damaged.
    var kept: Kept? {
        guard let bytes = try? Files.read(file), bytes.starts(with: program) else { return nil }
        var rest = bytes.dropFirst(program.count)
        guard let seal = Self.number(&rest), seal == Self.checksum(rest),
            let stamp = Self.part(&rest), let joined = Self.part(&rest),
            let digest = Self.part(&rest).flatMap({ ObjectID(hex: String(decoding: $0, as: UTF8.self)) }),
            let manifests = ParsedManifests(Array(rest))
        else { return nil }
        return Kept(
            stamp: FolderStamp(stamp),
            joined: joined,
            findings: Findings(digest: digest, manifests: manifests)
        )
    }

    /// Keeps what was found out about files that passed the checks.
    func keep(_ findings: Findings, on joined: [UInt8], _ stamp: FolderStamp?) {
        var bytes: [UInt8] = []
        // Of a folder that has just been changed the next change might not show.
        let stamp = stamp.flatMap { $0.isSettled ? $0.bytes : nil } ?? []
        for part in [stamp, joined, Array(findings.digest.description.utf8)] {
            Self.append(UInt64(part.count), to: &bytes)
            bytes += part
        }
        bytes += findings.manifests.bytes
        var head = program
        Self.append(Self.checksum(bytes[...]), to: &head)
        try? Files.makeFolder(file.removingLastComponent())
        try? Files.write(head + bytes, to: file)
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        guard bytes.count >= 8 else { return nil }
        defer { bytes = bytes.dropFirst(8) }
        return UInt64(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    }

    private static func part(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let count = number(&bytes), count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(Int(count)) }
        return bytes.prefix(Int(count))
    }

    /// Against a disk's faults, not against people: it is the user's own folder.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBytes { bytes in
            var sum = UInt64(bytes.count)
            func take(_ word: UInt64) {
                sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
                sum ^= sum >> 32
            }
            let whole = bytes.count & ~7
            for at in stride(from: 0, to: whole, by: 8) {
                take(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            }
            for byte in bytes[whole...] { take(UInt64(byte)) }
            return sum
        }
    }
}
