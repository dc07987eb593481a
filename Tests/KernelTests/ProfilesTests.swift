// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import Kernel

@Suite struct ProfilesTests {
    @Test func readsFragmentsThatATreeMayBeWithout() throws {
        let profiles = try Profiles(
            yaml: """
                fast:
                  summary: quick
                  fragments: [boot, sev]
                  fragments-where-known: [software-psp]
                  memory-mib: 512
                bare:
                  summary: none
                  fragments: [boot]
                  memory-mib: 256
                """
        )
        #expect(profiles["fast"]?.fragments == ["boot", "sev"])
        #expect(profiles["fast"]?.optionalFragments == ["software-psp"])
        #expect(profiles["bare"]?.optionalFragments == [])
    }

    @Test(arguments: ["software-psp", "{a: b}", "[[a]]"])
    func refusesWhatIsNoListOfNames(value: String) {
        #expect(
            throws: ConfigTableError(
                file: "profiles.yml",
                line: 1,
                reason: "'fragments-where-known' must be a list of names"
            )
        ) {
            try Profiles(
                yaml:
                    "fast: {summary: quick, fragments: [boot], fragments-where-known: \(value), memory-mib: 1}"
            )
        }
    }
}
