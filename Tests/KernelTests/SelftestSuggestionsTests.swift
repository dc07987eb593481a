// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

@testable import Kernel

/// Which of the tree's own tests suit an edit: the first row that fits counts.
@Suite struct SelftestSuggestionsTests {
    private typealias Edit = SelftestSuggestions.Edit

    @Test func whatIsSpecialComesFirst() throws {
        let table = try SelftestSuggestions(
            yaml: """
                suggestions:
                  - {files: ["arch/x86/kvm/*"], names: ["*msr*"], selftests: ["kvm/*msr*"]}
                  - {files: ["arch/x86/kvm/*", "virt/kvm/*"], selftests: ["kvm/*"]}
                  - {files: ["lib/*"], kunit: ["list*"]}
                """
        )
        let found = table.suggestions(
            for: [
                Edit(path: "lib/list.c", names: ["list_add"]),
                Edit(path: "arch/x86/kvm/x86.c", names: ["in", "function", "kvm_add_msr_filter"]),
                Edit(path: "arch/x86/kvm/svm/svm.c", names: ["svm_get_msr"]),
                Edit(path: "arch/x86/kvm/x86.c", names: ["msr_filter"]),
                Edit(path: "drivers/msr.c", names: ["msr"]),
            ],
            among: ["kvm/x86/msrs_test", "kvm/other_test"]
        )
        #expect(found.map(\.selftests) == [["kvm/*msr*"], []])
        #expect(found.map(\.kunit) == [[], ["list*"]])
        #expect(found.map(\.paths) == [["arch/x86/kvm/x86.c", "arch/x86/kvm/svm/svm.c"], ["lib/list.c"]])
        func selftests(_ path: String, _ name: String, among tests: [String]) -> [[String]] {
            table.suggestions(for: [Edit(path: path, names: [name])], among: tests).map(\.selftests)
        }
        #expect(selftests("arch/x86/kvm/x86.c", "kvm_arch_init", among: ["kvm/a"]) == [["kvm/*"]])
        // A tree without such a test has others.
        #expect(selftests("arch/x86/kvm/x86.c", "msr_filter", among: ["kvm/a"]) == [["kvm/*"]])
        #expect(selftests("arch/x86/kvm/x86.c", "msr_filter", among: []).isEmpty)
        #expect(selftests("drivers/msr.c", "msr", among: ["kvm/x86/msrs_test"]).isEmpty)
    }

    @Test(arguments: [
        ("suggestions: 1", "must be a list"), ("suggestions: [{files: [a]}]", "needs 'selftests' or 'kunit'"),
        ("suggestions: [{selftests: [a]}]", "'files' must be a list of patterns"),
        ("suggestions: [{files: a, selftests: [a]}]", "'files' must be a list of patterns"),
    ])
    func aTableThatIsNoneIsNamed(_ yaml: String, _ says: String) {
        do {
            _ = try SelftestSuggestions(yaml: yaml)
            Issue.record("taken: \(yaml)")
        } catch {
            #expect(error.description.contains("suggestions.yml:") && error.description.contains(says))
        }
    }

    /// The table that is delivered: a file of KVM for x86 always has something that runs.
    @Test(arguments: [
        "arch/x86/kvm/x86.c", "arch/x86/kvm/msrs.c", "virt/kvm/kvm_main.c", "include/linux/kvm_host.h",
    ])
    func kvmHasTests(_ path: String) throws {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let table = try SelftestSuggestions(folder: root.appending("kernel-config"))
        let found = table.suggestions(for: [Edit(path: path, names: ["something"])], among: ["kvm/a_test"])
        #expect(found.map(\.selftests) == [["kvm/*"]])
    }
}
