// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Testing

@testable import Kernel

@Suite struct ConfigTableTests {
    /// Nine lists of nine aliases each: 387 million texts, as a key a minute of counting.
    @Test(.timeLimit(.minutes(1))) func aliasBombsAreRefused() {
        let names = Array("abcdefghi")
        var lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
        for (last, name) in zip(names, names.dropFirst()) {
            lines.append(
                "\(name): &\(name) [\(Array(repeating: "*\(last)", count: 9).joined(separator: ","))]"
            )
        }
        lines.append("? *i\n: x")
        let error = #expect(throws: ConfigTableError.self) { try Suites(yaml: lines.joined(separator: "\n")) }
        #expect(error?.line == 2)
        #expect(error?.fault == .user)
        #expect(throws: ConfigTableError.self) { try Profiles(yaml: lines.joined(separator: "\n")) }
    }

    @Test func aStarWithinATextIsNoAlias() throws {
        let yaml = "p: {summary: \"*.c, a* *\", fragments: [a], memory-mib: 1} # *no\n"
        #expect(try Profiles(yaml: yaml)["p"]?.summary == "*.c, a* *")
    }

    @Test(.timeLimit(.minutes(1))) func sizeAndDepthAreBounded() {
        #expect(throws: ConfigTableError.self) { try Suites(yaml: String(repeating: "[", count: 100_000)) }
        #expect(throws: ConfigTableError.self) {
            try Suites(yaml: "a: " + String(repeating: "x", count: 300_000))
        }
    }

    @Test func namesTheLineOfWhatIsNoYAML() {
        let error = #expect(throws: ConfigTableError.self) { try Suites(yaml: "a: b\nc: [d\n") }
        #expect(error?.description.hasPrefix("kernel-config/suites.yml:3: ") == true, "\(error as Any)")
    }

    /// One that is left out has a meaning; so had a misspelt one.
    @Test func keysThatNothingReadsAreRefused() {
        let suites = """
            releases: [sid]
            archives: {main: [""]}
            suites:
              - {kernel: "5.10", suite: sid, package: linux, archive: main, from: source}
            """
        let profile = "p: {summary: s, fragments: [a], memory-mib: 1, fragments-where-know: [b]}"
        let suggestions = """
            suggestions:
              - {files: [a], name: [b], selftests: [c]}
            """
        let errors = [
            #expect(throws: ConfigTableError.self) { try Suites(yaml: suites) },
            #expect(throws: ConfigTableError.self) { try Profiles(yaml: profile) },
            #expect(throws: ConfigTableError.self) { try SelftestSuggestions(yaml: suggestions) },
        ]
        let places = errors.map { $0?.description.split(separator: " is none")[0] }
        #expect(
            places == [
                "kernel-config/suites.yml:4: 'from'", "kernel-config/profiles.yml:1: 'fragments-where-know'",
                "kernel-config/suggestions.yml:2: 'name'",
            ]
        )
    }

    /// What can't be read is the disk's fault, not the user's.
    @Test func anUnreadableTableIsInfrastructure() throws {
        let scratch = try Scratch()
        try Files.makeFolder(scratch["suites.yml"])
        #expect(throws: FileError.self) { try Suites(folder: scratch.path) }
        let error = #expect(throws: FileError.self) { try Profiles(folder: scratch.path) }
        #expect(error?.fault == .infrastructure)
    }

    /// Each parenthesis, `!` and `&&` was a call within a call: the stack ended before the condition did.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            String(repeating: "(", count: 200_000) + "A",
            String(repeating: "!", count: 200_000) + "A",
            Array(repeating: "A", count: 200_000).joined(separator: " && "),
        ]
    )
    func endlessConditionsAreNotJudged(text: String) {
        #expect(KconfigExpression(text).unmet(in: DotConfig([])).isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func endlessMenusAreRead() {
        let text =
            "menu \"m\"\n" + String(repeating: "depends on A\n", count: 200_000) + "config X\nbool \"x\"\n"
        #expect(KconfigFiles.definitions(of: "X", in: text, file: "Kconfig").count == 1)
    }
}
