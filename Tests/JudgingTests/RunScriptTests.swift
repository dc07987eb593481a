// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Judging

/// The script that boots a bundle. QEMU is a script here that says what guests say; real ones are booted by
/// .ci/bundles.
@Suite struct RunScriptTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("kpatch-run-\(UUID().uuidString)")

    /// A bundle of two boots.
    private func bundle() throws -> URL {
        let bundle = folder.appendingPathComponent("bundle")
        for (boot, tests) in [("1", ["first", "second"]), ("2-bare", ["third"])] {
            let place = bundle.appendingPathComponent("boots/\(boot)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            func write(_ name: String, _ text: String) throws {
                try text.write(to: place.appendingPathComponent(name), atomically: true, encoding: .utf8)
            }
            try write("plan", tests.map { "\($0) 5 /tests/\($0)\n" }.joined())
            try write("tests", tests.map { "\($0)\n\($0).sub\n" }.joined())
            try write("seconds", "2\n")
            try write("initramfs.cpio", "")
            try write("qemu.tcg", "-serial\n@CONSOLE@\n-append\nboot=\(boot) a b\n-initrd\n@INITRAMFS@\n")
        }
        let boots = bundle.appendingPathComponent("boots")
        try "bzImage\n".write(to: boots.appendingPathComponent("kernel"), atomically: true, encoding: .utf8)
        try FileManager.default.copyItem(
            at: PlanTests.root.appendingPathComponent("Templates/guest/run.sh"),
            to: bundle.appendingPathComponent("run")
        )
        return bundle
    }

    /// - Parameter guest: a shell script; `$console` is where its kernel prints, `$boot` which one it is, `$initrd` its
    ///   initramfs.
    private func run(_ arguments: [String] = [], guest: String) throws -> (status: Int32, output: [String]) {
        defer { try? FileManager.default.removeItem(at: folder) }
        let bundle = try bundle()
        let emulator = folder.appendingPathComponent("qemu")
        let script = """
            #!/bin/sh
            for word; do
                case $word in
                file:*) console=${word#file:} ;;
                boot=*) boot=${word#boot=}; boot=${boot%% *} ;;
                *.cpio) initrd=$word ;;
                esac
            done
            \(guest)

            """
        try script.write(to: emulator, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: emulator.path)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            [bundle.appendingPathComponent("run").path, "--accelerator", "tcg"] + arguments
        process.environment = ["PATH": "/usr/bin:/bin", "QEMU": emulator.path, "TMPDIR": folder.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left.sorted() == ["bundle", "qemu"], "a temporary folder is left")
        return (
            process.terminationStatus,
            String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        )
    }

    private static let good = """
        echo "Linux version 5.10" >"$console"
        echo "KTAP version 1"
        case $boot in
        1) printf '1..2\\n  1..1\\n  ok 1 sub\\nok 1 first # 3 ms\\nok 2 second # SKIP no SEV\\n' ;;
        *) printf '1..1\\nok 1 third\\n' ;;
        esac
        echo "# kpatch: end"
        """

    private func results(_ output: [String]) -> [String] {
        output.filter { $0.hasPrefix("ok") || $0.hasPrefix("not ok") || $0.hasPrefix("1..") }
    }

    @Test func countsTheTestsOfAllBootsOn() throws {
        let (status, output) = try run(guest: Self.good)
        #expect(status == 0)
        #expect(output.first == "KTAP version 1")
        #expect(
            results(output) == ["1..3", "ok 1 first # 3 ms", "ok 2 second # SKIP no SEV", "ok 3 third"]
        )
        #expect(output.contains("  ok 1 sub"))
    }

    @Test func aFailedTestIsTheVerdict() throws {
        let (status, _) = try run(guest: Self.good.replacing("ok 1 third", with: "not ok 1 third # why"))
        #expect(status == 1)
        let expected = try run(guest: Self.good.replacing("ok 1 third", with: "not ok 1 third # TODO known"))
        #expect(expected.status == 0)
    }

    /// A machine that ends early leaves tests without a result, and those have failed.
    @Test func aTestWithoutAResultHasFailed() throws {
        let (status, output) = try run(
            guest: "echo kernel >\"$console\"; [ $boot != 1 ] || echo 'ok 1 first'"
        )
        #expect(status == 1)
        #expect(results(output).contains("not ok 2 second # the machine ended first"))
        #expect(results(output).contains("not ok 3 third # the machine ended first"))
    }

    /// After the last result a kernel can still hang, die, or be searched for leaks.
    @Test(arguments: [
        ("", "status 0"), ("sleep 60", "status 124"), ("kill -ABRT $$", "status 134"),
    ]) func aMachineThatIsLostBehindItsLastTestIsNoPass(end: String, says: String) throws {
        let guest = Self.good.replacing("echo \"# kpatch: end\"", with: end)
        let (status, output) = try run(guest: guest)
        #expect(status == 1)
        #expect(results(output).allSatisfy { !$0.hasPrefix("not ok") })
        #expect(output.last?.hasPrefix("Bail out! the machine ended with \(says)") == true, "\(output)")
    }

    @Test func whatTheKernelSaysCounts() throws {
        let (status, output) = try run(
            guest: Self.good + "\necho '[  1.5] BUG: KASAN: use-after-free in f' >>\"$console\""
        )
        #expect(status == 1)
        #expect(output.contains("# console: [  1.5] BUG: KASAN: use-after-free in f"))
    }

    @Test func anEmulatorThatCantRunIsNoVerdict() throws {
        let (status, output) = try run(guest: "echo 'no such machine' >&2; exit 1")
        #expect(status == 4)
        #expect(output.contains("# no such machine"))
        #expect(output.last?.hasPrefix("Bail out!") == true)
    }

    /// Plan and filter come in an archive behind the first; that the kernel takes it .ci/bundles shows.
    @Test func aGlobChoosesProgramsAndSubtests() throws {
        let (status, output) = try run(
            ["--tests", "second.s*"],
            guest: """
                echo kernel >"$console"
                tr '\\0' '\\n' <"$initrd" | sed 's/^/# /'
                echo 'ok 1 second'; echo '# kpatch: end'
                """
        )
        #expect(status == 0)
        #expect(results(output) == ["1..1", "ok 1 second"])
        #expect(output.contains("# second 5 /tests/second") && output.contains("# second.s*"))
        let unknown = try run(["--tests", "fourth"], guest: Self.good)
        #expect(unknown.status == 2)
    }

    @Test(arguments: [["--accelerator", "hvf"], ["--tests"], ["--what"]])
    func wrongArgumentsAreRefused(arguments: [String]) throws {
        #expect(try run(arguments, guest: Self.good).status == 2)
    }
}
