// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import TestReport

@Suite struct MutationTests {
    private func mutation(_ kind: String, _ outcome: Mutation.Outcome?, because argument: String? = nil)
        -> Mutation
    {
        var row = Mutation(
            file: "virt/kvm/kvm_main.c",
            function: "kvm_f",
            line: 7,
            kind: kind,
            was: ["\tput(a);"],
            becomes: ["\t;"]
        )
        row.outcome = outcome
        row.argument = argument
        row.milliseconds = 12_300
        return row
    }

    @Test("what doesn't count doesn't count, and what survives is said") func page() {
        let report = MutationReport(
            tree: "v5.10.1",
            profile: "fast",
            variant: "enc-op",
            mutations: [
                mutation("drop", .caught(by: "mirror.puts", saying: "a <b> | c")),
                mutation("drop", .survived),
                mutation("swap", .survived, because: "nobody looks in between"), mutation("wait", .same),
                mutation("wait", .refused("x.c:1: error: no")),
                mutation("drop", .caught(by: "the kernel", saying: "WARNING in kvm_f")),
                mutation("drop", .caught(by: "mirror.puts", saying: "")),
                mutation("wait", .duplicate(of: "virt/kvm/kvm_main.c:7 kvm_f() drop")),
            ]
        )
        #expect(
            report.summary
                == "8 mutants, 1 the compiler refuses, 1 the same code, 1 the same code as another, 5 counted, 3 caught, 1 that no test can see, 1 missed (20.0 %)"
        )
        let page = report.markdown()
        for line in [
            "| drop | 4 | 4 | 3 | 0 | 1 |", "| swap | 1 | 1 | 0 | 1 | 0 |", "| wait | 3 | 0 | 0 | 0 | 0 |",
            "## Missed",
            "`virt/kvm/kvm_main.c:7`, `kvm_f()`, drop: `mirror.puts`, “a \\<b\\> \\| c”",
            "`virt/kvm/kvm_main.c:7`, `kvm_f()`, swap: nobody looks in between",
            "`virt/kvm/kvm_main.c:7`, `kvm_f()`, wait: the same code as `virt/kvm/kvm_main.c:7 kvm_f() drop`",
            "A counted mutant took 12.3 s at the median.",
        ] {
            #expect(page.split(separator: "\n").contains { $0 == line }, "\(line)\n\(page)")
        }
    }

    @Test("what another profile saw says which") func further() {
        var caught = mutation("drop", .caught(by: "memory.region", saying: "leak"))
        caught.profile = "fault-injection"
        let report = MutationReport(
            tree: "t",
            profile: "fast",
            variant: "v",
            mutations: [caught],
            further: ["fault-injection", "kmemleak"],
            beyond: "w"
        )
        let lines = report.markdown().split(separator: "\n")
        for line in [
            "What these tests missed was judged in profile fault-injection and kmemleak, too.",
            "Mutants that `w` has as well are left out.",
            "`virt/kvm/kvm_main.c:7`, `kvm_f()`, drop: `memory.region` (profile fault-injection), “leak”",
        ] { #expect(lines.contains { $0 == line }, "\(line)") }
    }

    @Test("of nothing") func nothing() {
        let report = MutationReport(tree: "t", profile: "fast", variant: "v", mutations: [])
        #expect(report.summary == "0 mutants, 0 counted, 0 caught, 0 missed")
    }
}
