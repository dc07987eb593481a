// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

/// What a host with SEV is asked. Its /sys and /dev are played, since there is no such host here: nothing is learnt from this
/// about SEV.
@Suite struct SEVHostTests {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent(
        "sev-\(UUID().uuidString)"
    )

    private func host(_ files: [String: String]) throws -> SEVHost {
        for (path, text) in files {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        var host = try SEVHost(host: nil)
        host.root = root.path
        return host
    }

    private static let parameters = "sys/module/kvm_amd/parameters"
    private static let devices = ["dev/kvm": "", "dev/sev": ""]

    /// What it lacks, but for programs and a user that this machine may lack.
    private func missing(_ files: [String: String]) async throws -> [String] {
        defer { try? FileManager.default.removeItem(at: root) }
        do {
            _ = try await host(files).inspect()
            return []
        } catch MachineError.hostUnfit(_, let reasons) {
            return reasons.filter { !$0.hasPrefix("it has no ") && !$0.hasPrefix("the tests need root") }
        }
    }

    @Test func aHostThatHasAllIsTaken() async throws {
        let files = ["\(Self.parameters)/sev": "Y\n", "\(Self.parameters)/sev_es": "Y\n"]
        #expect(try await missing(files.merging(Self.devices) { left, _ in left }).isEmpty)
        let older = ["\(Self.parameters)/sev": "1\n"]
        #expect(try await missing(older.merging(Self.devices) { left, _ in left }).isEmpty)
    }

    @Test func whatIsMissingIsSaid() async throws {
        let bare = try await missing([:])
        #expect(bare.count == 3 && bare[0].contains("kvm_amd/parameters/sev") && bare[2].contains("/dev/sev"))
        let off = try await missing(["\(Self.parameters)/sev": "N\n", "dev/kvm": "", "dev/sev": ""])
        #expect(off.count == 1 && off[0].contains("sev is N"))
        let noDriver = try await missing(["\(Self.parameters)/sev": "Y\n", "dev/kvm": ""])
        #expect(noDriver.count == 1 && noDriver[0].contains("ccp"))
    }

    /// The note of an ELF file, among other bytes.
    @Test func buildIDsAreFound() {
        let id = (1...20).map { UInt8($0) }
        let note: [UInt8] = [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0] + id
        let found = SEVHost.buildIDs(in: [4, 0, 0, 0, 9] + note + [4, 0] + note.dropLast(3))
        #expect(found == ["0102030405060708090a0b0c0d0e0f1011121314"])
        #expect(SEVHost.buildIDs(in: []).isEmpty)
    }
}
