// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

@testable import Kernel

@Suite struct ConfigTests {
    private func fragment(_ name: String, _ text: String) throws -> ConfigFragment {
        try ConfigFragment(name: name, text.utf8)
    }

    @Test func readsAFragment() throws {
        let read = try fragment(
            "sev",
            "# why: a comment\n\nCONFIG_KVM=y\n# CONFIG_BUG is not set\nCONFIG_A=n\n\tCONFIG_S=\"a b=c\"  \nCONFIG_H=0x10\n"
        )
        #expect(
            read.settings.map { "\($0.line) \($0.configLine)" } == [
                "3 CONFIG_KVM=y", "4 # CONFIG_BUG is not set", "5 # CONFIG_A is not set",
                "6 CONFIG_S=\"a b=c\"",
                "7 CONFIG_H=0x10",
            ]
        )
    }

    @Test(arguments: [
        "KVM=y", "CONFIG_KVM", "CONFIG_KVM = y", "CONFIG_=y", "CONFIG_KVM=", "CONFIG_K-M=y", "select X",
    ])
    func refusesALineThatKconfigWouldDrop(line: String) {
        #expect(throws: ConfigError.malformed(place: "f:2", text: line)) { try fragment("f", "\n\(line)\n") }
    }

    @Test func theLaterFragmentWins() throws {
        let merged = MergedFragments([
            try fragment("one", "CONFIG_A=y\nCONFIG_B=y\n"),
            try fragment("two", "CONFIG_B=y\n# CONFIG_A is not set\n"),
        ])
        #expect(merged.settings.map(\.configLine) == ["# CONFIG_A is not set", "CONFIG_B=y"])
        #expect(
            merged.redefinitions.map(\.description) == [
                "two:2: # CONFIG_A is not set overrides CONFIG_A=y of one:1"
            ]
        )
    }

    @Test func replacesSymbolsOfTheBase() throws {
        let merged = MergedFragments([
            try fragment("f", "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_NEW=\"x\"\n")
        ])
        let base = "#\n# Menu\n#\n# CONFIG_A is not set\nCONFIG_AB=y\nCONFIG_B=y\n"
        #expect(
            String(decoding: merged.applied(to: base.utf8), as: UTF8.self)
                == "#\n# Menu\n#\nCONFIG_AB=y\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_NEW=\"x\"\n"
        )
    }

    /// As kconfig itself: it takes a carriage return at the end of a line for nothing. A fuzzer found that a setting got lost.
    @Test func carriageReturnsAreNoPartOfAConfiguration() throws {
        let fragment = try fragment("f", "CONFIG_A=y\r\n# CONFIG_B is not set\r\n")
        #expect(
            fragment.settings.map { "\($0.line) \($0.configLine)" } == [
                "1 CONFIG_A=y", "2 # CONFIG_B is not set",
            ]
        )
        let config = DotConfig("CONFIG_A=m\r\n# CONFIG_C is not set\r\nCONFIG_B=y\r\n\r".utf8)
        #expect(config["CONFIG_A"] == "m" && config["CONFIG_B"] == "y")
        let merged = MergedFragments([fragment])
        let applied = merged.applied(to: "CONFIG_A=m\r\nCONFIG_C=y\r\n\r".utf8)
        #expect(merged.unmet(in: DotConfig(applied)).isEmpty)
        #expect(String(decoding: applied, as: UTF8.self) == "CONFIG_C=y\nCONFIG_A=y\n# CONFIG_B is not set\n")
    }

    @Test func findsWhatWasDroppedOrChanged() throws {
        let merged = MergedFragments([
            try fragment(
                "f",
                "CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\n# CONFIG_D is not set\nCONFIG_E=\"x\"\n"
            )
        ])
        let config = DotConfig("# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C=y\nCONFIG_E=\"x\"\n".utf8)
        #expect(
            merged.unmet(in: config).map(\.description) == [
                "f:1: CONFIG_A=y was asked for, but it is not set",
                "f:2: CONFIG_B=m was asked for, but it is y",
                "f:3: CONFIG_C not set was asked for, but it is y",
            ]
        )
        #expect(merged.unmet(in: DotConfig("CONFIG_A=y\nCONFIG_B=m\nCONFIG_E=\"x\"\n".utf8)).isEmpty)
    }

    @Test(arguments: [
        ("NET && MULTIUSER", ["MULTIUSER"]), ("NET || MULTIUSER", []), ("!NET", ["!NET"]), ("!MULTIUSER", []),
        ("NET && (A || B) && C", ["(A || B)", "C"]), ("M", []), ("NET=n", ["NET=n"]),
        ("NET != n && NAME = \"x y\"", []),
        ("GCC_VERSION >= 80000", []), ("GCC_VERSION < 80000", ["GCC_VERSION<80000"]),
        ("$(cc-option,-m(a)) && NET", []),
        ("NET # comment && A", []), ("", []),
    ])
    func findsUnmetParts(condition: String, unmet: [String]) {
        let config = DotConfig(
            "CONFIG_NET=y\nCONFIG_M=m\nCONFIG_NAME=\"x y\"\nCONFIG_GCC_VERSION=120200\n".utf8
        )
        #expect(KconfigExpression(condition).unmet(in: config) == unmet)
    }

    @Test func collectsConditionsOfEnclosingBlocks() throws {
        let text = """
            menu "M"
            	depends on OUTER
            if VIRTUALIZATION
            config OTHER
            	bool "Other"
            	depends on NOT_MINE
            config KVM
            	tristate "Kernel-based Virtual Machine" if EXPERT
            	depends on NET && \\
            		MULTIUSER
            	help
            	  Say Y.
            endif
            endmenu
            config KVM
            	default y

            """
        let found = KconfigFiles.definitions(of: "KVM", in: text, file: "Kconfig")
        #expect(found.map(\.place) == ["Kconfig:7", "Kconfig:15"])
        #expect(found.first?.conditions == ["OUTER", "VIRTUALIZATION", "EXPERT", "NET &&  MULTIUSER"])
        #expect(found.map(\.hasPrompt) == [true, false])
    }

    @Test func listsKconfigFilesAsKbuildWroteThem() {
        let text =
            "deps_config := \\\n\tKconfig \\\n\tarch/x86/Kconfig \\\n\tinit/Kconfig\n\ninclude/config/auto.conf: \\\n\t$(deps_config)\n"
        #expect(KconfigFiles.list(in: text.utf8) == ["Kconfig", "arch/x86/Kconfig", "init/Kconfig"])
    }
}
