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

    /// What needs a host of one's own is a script here: the rest is what runs there, by whichever shell is /bin/sh.
    ///
    /// - Parameter end: ends it: `$shell` is its process, file descriptor 9 its standard input.
    @Test(arguments: ["exec 9>&-", "kill -TERM $shell; wait $shell"])
    func whoeverGoesAwayEndsTheTests(end: String) throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let (tools, folder) = (root.appendingPathComponent("bin"), root.appendingPathComponent("run"))
        let plan = folder.appendingPathComponent("tests/plan")
        for place in [tools, plan.deletingLastPathComponent(), folder.appendingPathComponent("tmp")] {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
        // Two tests, each with a child that outlives it.
        try "one 60 x\ntwo 60 x\n".write(to: plan, atomically: true, encoding: .utf8)
        try "".write(to: folder.appendingPathComponent("tests.cpio"), atomically: true, encoding: .utf8)
        for (name, text) in [
            "cpio": "exit 0", "mount": "exit 0", "dmesg": "exec sleep 60",
            "unshare": "shift 3; exec \"$@\"", "chroot": "sleep 60 & sleep 60",
        ] {
            let file = tools.appendingPathComponent(name)
            try "#!/bin/sh\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let command = SEVHost.command(folder.path).replacing("/dev/kmsg", with: "/dev/null")
        let script = """
            mkfifo "$1/in"; exec 9<>"$1/in"
            MARK="$1" PATH="$1/bin:$PATH" /bin/sh -c "$2" <"$1/in" 9>&- >"$1/out" 2>"$1/err" & shell=$!
            exec 8>"$1/in" 9>&-; exec 9>&8 8>&-
            for i in $(seq 100); do grep -q 'start one' "$1/out" 2>/dev/null && break; sleep 0.1; done
            sleep 0.5
            \(end)
            for i in $(seq 50); do
                left=$(grep -lz "^MARK=$1\\$" /proc/[0-9]*/environ 2>/dev/null)
                [ -n "$left" ] || break
                sleep 0.1
            done
            cat "$1/out" "$1/err"; echo "left: $left"
            [ -e "$1/run" ] && echo "the folder is there"
            exit 0
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script, "bash", root.path, command]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = output.split(separator: "\n").map(String.init)
        #expect(lines.contains("# kpatch: start one") && !lines.contains("# kpatch: start two"), "\(output)")
        #expect(lines.last == "left: ", "\(output)")
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
