// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

/// The guest's program that runs a test of kvm-unit-tests, built for this machine. The emulator is a shell here
/// that ends as QEMU's debug exit device ends it (lib/x86/io.c and report.c of kvm-unit-tests).
@Suite struct UnitRunnerTests {
    private static func run(_ program: String, _ arguments: [String]) throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test(arguments: [
        // exit(0), exit(1), and exit(77 >> 1) of a test.
        ("echo PASS: a; exit 1", 0, "ok 1 a\n1..1\n"),
        ("echo FAIL: a; exit 3", 1, "not ok 1 a\n1..1\n"),
        ("echo SKIP: a; exit 77", 4, "ok 1 # SKIP a\n1..1\n"),
        // A failure that the test forgot, and what hides whatever would have come behind it: a reset, abort(), a kill.
        ("echo FAIL: a; exit 1", 1, "not ok 1 a\n1..1\n"),
        (
            "echo PASS: a; exit 0", 1,
            "ok 1 a\nnot ok 2 comes to its end # the emulator ended with status 0\n1..2\n"
        ),
        (
            "echo FAIL: a; exit 255", 1,
            "not ok 1 a\nnot ok 2 comes to its end # the test ended with status 127\n1..2\n"
        ),
        (
            "echo PASS: a; exit 3", 1,
            "ok 1 a\nnot ok 2 comes to its end # the test ended with status 1\n1..2\n"
        ),
        ("kill -9 $$", 1, "not ok 1 comes to its end # signal 9\n1..1\n"),
        // QEMU's own error has the status of a success; its warnings are none.
        (
            "echo qemu: failed to initialize kvm >&2; exit 1", 1,
            "# qemu: failed to initialize kvm\nnot ok 1 comes to its end # the emulator ended with status 1\n1..1\n"
        ),
        (
            "echo 'qemu: warning: no such feature' >&2; echo PASS: a; exit 1", 0,
            "ok 1 a\n# qemu: warning: no such feature\n1..1\n"
        ),
    ])
    func endsAsTheTestDid(script: String, status: Int32, output: String) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("kpatch-unit-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = PlanTests.root.appendingPathComponent("Templates/guest/unit.c").path
        let runner = folder.appendingPathComponent("unit").path
        let words = folder.appendingPathComponent("words")
        #expect(try Self.run("/usr/bin/env", ["gcc", "-o", runner, source]).status == 0)
        try "run\n/bin/sh\n-c\n\(script)\n".write(to: words, atomically: true, encoding: .utf8)
        let result = try Self.run(runner, [words.path])
        #expect(result.status == status)
        #expect(result.output == output)
    }
}
