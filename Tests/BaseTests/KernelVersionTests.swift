// SPDX-License-Identifier: GPL-2.0-only

import Base
import Testing

@Suite struct KernelVersionTests {
    @Test(arguments: [
        ("5.10.262", "v5.10.262", "5.10"), ("v7.3-rc7", "v7.3-rc7", "7.3"), ("5.13", "v5.13", "5.13"),
        ("6.1.0", "v6.1", "6.1"), ("v6.12.107-custom", "v6.12.107-custom", "6.12"),
        ("7.3.0-rc7-next", "v7.3-rc7-next", "7.3"),
    ])
    func reads(text: String, tag: String, series: String) throws {
        let version = try KernelVersion(text)
        #expect(version.description == tag)
        #expect(version.series == series)
        #expect(try KernelVersion(version.description) == version)
    }

    @Test(arguments: [
        "", "v", "5", "5.", "5.10.", "5.10.1.2", "five.ten", "5.+1", "5.-1", "5.10.262\n", "linux-5.10",
    ])
    func refuses(text: String) {
        #expect(throws: KernelVersionError.self) { try KernelVersion(text) }
    }

    @Test func ordersCandidatesBeforeTheRelease() throws {
        let texts = [
            "5.9.16", "5.10-rc1", "5.10-rc7", "5.10-rc10", "5.10", "5.10.1", "5.10.99", "5.10.262", "6.1",
            "7.3-rc7", "7.3",
        ]
        let versions = try texts.map { try KernelVersion($0) }
        #expect(versions.reversed().sorted() == versions)
    }

    @Test func readsMakefile() throws {
        let release =
            "# SPDX\nVERSION = 5\nPATCHLEVEL = 10\nSUBLEVEL = 262\nEXTRAVERSION =\nNAME = Dare mighty things\n"
        #expect(try KernelVersion(makefile: Array(release.utf8)) == KernelVersion(5, 10, 262))
        let candidate = "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc7\n"
        #expect(try KernelVersion(makefile: Array(candidate.utf8)).description == "v7.3-rc7")
    }

    @Test func namesWhatAMakefileLacks() {
        let error = #expect(throws: KernelVersionError.self) {
            try KernelVersion(makefile: Array("VERSION = 5\nPATCHLEVEL = x\n".utf8))
        }
        #expect(error?.description.contains("PATCHLEVEL") == true)
    }
}
