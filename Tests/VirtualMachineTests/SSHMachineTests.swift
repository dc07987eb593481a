// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

/// What is said to ssh. A host that answers is tried by .ci/faults.
@Suite struct SSHMachineTests {
    @Test(arguments: ["-oProxyCommand=sh", "", "a b", "host;id", "$(id)", "h\n"])
    func aNameThatIsMoreThanANameIsRefused(name: String) {
        let error = #expect(throws: MachineError.self) { try HostShell(host: name) }
        #expect(error?.fault == .user)
    }

    @Test func namesOfAllKindsAreTaken() throws {
        for name in ["host", "root@10.0.0.1", "me@[fe80::1%eth0]", "my_host.example.org"] {
            #expect(try HostShell(host: name).host == name)
        }
    }

    /// A shell is the judge of what it is given.
    @Test func wordsReachTheShellAsTheyAre() throws {
        let words = ["a b", "it's", "$d/kernel", "file:$d/console", "$(id)", "\"x\"", "`id`", "*"]
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let text = words.map(HostShell.quotedWithFolder).joined(separator: " ")
        process.arguments = ["-c", "d='/a b'; printf '%s\\n' \(text)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(
            output.split(separator: "\n").map(String.init) == [
                "a b", "it's", "/a b/kernel", "file:/a b/console", "$(id)", "\"x\"", "`id`", "*",
            ]
        )
    }

    @Test func aVersionIsFoundInWhatQEMUPrints() {
        #expect(
            EmulatorVersion.number(in: "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright")
                == "7.2.22"
        )
        #expect(EmulatorVersion.number(in: "") == "")
    }
}
