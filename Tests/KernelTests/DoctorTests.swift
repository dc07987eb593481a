// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

@testable import Kernel

@Suite struct DoctorTests {
    @Test func findsWhatIsThereAndNamesWhatIsNot() async throws {
        let scratch = try Scratch()
        let doctor = Doctor(
            state: StateFolder(root: scratch["not/yet/there"]),
            requirements: [
                Requirement(.command("sh", version: nil), "a", package: "dash"),
                Requirement(.command("kpatch-none", version: "--version"), "b", package: "none-package"),
                Requirement(.header("stdio.h"), "c", package: "libc6-dev"),
                Requirement(.header("kpatch/none.h"), "d", package: "none-dev"),
                Requirement(.staticLibrary("libkpatch-none.a"), "e", package: "none-dev"),
                Requirement(.file(scratch["none"]), "f", package: "third"),
                Requirement(.space(bytes: 1), "g", package: nil),
                Requirement(.space(bytes: .max), "h", package: nil),
            ]
        )
        let findings = try await doctor.check()
        #expect(findings.map(\.isMissing) == [false, true, false, true, true, true, false, true])
        #expect(
            Doctor.remedy(findings) == "apt-get install --no-install-recommends none-package none-dev third"
        )
        guard case .found(let header) = findings[2].answer else {
            Issue.record("no path of stdio.h")
            return
        }
        #expect(header.hasSuffix("/stdio.h"))
    }

    @Test func hasNoAdviceWhereNoneIsNeeded() async throws {
        let doctor = Doctor(
            state: StateFolder(root: "/"),
            requirements: [Requirement(.command("sh", version: nil), "a", package: "dash")]
        )
        #expect(Doctor.remedy(try await doctor.check()) == nil)
    }

    @Test func everyCommandHasItsPackage() {
        for requirement in Requirement.all {
            if case .space = requirement.kind { continue }
            #expect(requirement.package != nil, "\(requirement.name)")
        }
    }
}
