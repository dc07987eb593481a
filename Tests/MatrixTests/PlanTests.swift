// SPDX-License-Identifier: GPL-2.0-only

import Base
import Matrix
import Testing

@Suite struct PlanTests {
    @Test func cellsAreTheProductEachOnce() throws {
        let rows: [MatrixPlan.Row] = [.init("a", []), .init("b", ["owner=file-ref"]), .init("a", [])]
        let plan = MatrixPlan(
            series: "s",
            columns: ["5.10", "6.1"].map { .init(tree: $0, base: nil, rows: rows) },
            profiles: ["fast", "debug"]
        )
        let cells = try plan.cells()
        #expect(cells.count == 8)
        #expect(Set(cells.map(\.name)).count == 8)
        #expect(cells.contains { $0.name == "b owner=file-ref, 6.1, debug" })
    }

    @Test func tooManyCellsAreRefusedBeforeTheyAreMade() throws {
        let many = (0..<5000).map { "\($0)" }
        let columns = many.map { MatrixPlan.Column(tree: $0, base: nil, rows: [.init("a", [])]) }
        let plan = MatrixPlan(series: "s", columns: columns, profiles: ["a", "b", "c"])
        let error = #expect(throws: MatrixError.self) { try plan.cells() }
        #expect(error?.fault == .user)
        #expect(throws: MatrixError.self) { try MatrixPlan.checkSize([5000, 5000]) }
        #expect(throws: MatrixError.self) { try MatrixPlan.checkSize([1 << 40, 1 << 40]) }
        try MatrixPlan.checkSize([100, 100])
    }

    @Test(arguments: [1, 2, 3, 7, 40]) func shardsArePartsOfTheWhole(count: Int) throws {
        let cells = try fakeCells(["a", "b", "c"], trees: ["5.10", "6.1", "7.3"])
        let parts = try (1...count).map { try Shard(parsing: "\($0)/\(count)").part(of: cells) }
        let all = parts.flatMap(\.self)
        #expect(all.count == cells.count && Set(all) == Set(cells))
        let sizes = parts.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }

    @Test(arguments: ["", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/3", "1"])
    func shardsThatAreNone(text: String) {
        #expect(throws: MatrixError.self) { try Shard(parsing: text) }
    }

    @Test func judgesAsText() throws {
        for text in ["suite", "suite:mirror*", "selftests:kvm/x86/sev_*", "fake", "fake:*owner*"] {
            #expect(try Judge(parsing: text).description == text)
        }
        #expect(throws: MatrixError.self) { try Judge(parsing: "selftests") }
        #expect(throws: MatrixError.self) { try Judge(parsing: "sweet") }
    }

    @Test func aFile() throws {
        let file = try MatrixFile(
            yaml: """
                # nightly
                variants: [enc-op, cap-to]
                set: api=enc-op
                trees: [5.10, "6.1"]
                profiles: [fast]
                judges:
                  - suite
                  - selftests:kvm/x86/sev_*
                """,
            name: "nightly.yml"
        )
        #expect(file.variants == ["enc-op", "cap-to"] && file.settings == ["api=enc-op"])
        // A version is no number: 5.10 is not 5.1.
        #expect(file.trees == ["5.10", "6.1"])
        #expect(file.judges.count == 2)
    }

    @Test(
        arguments: [
            ("varients: [a]", "variants"), ("trees: {a: b}", "list"), ("- a", "table"),
            ("trees: [[a]]", "texts"), ("a: &b [x]\nc: *b", "anchor"), ("trees: [a", "f.yml"),
        ]
    )
    func filesThatAreWrong(yaml: String, hint: String) {
        let error = #expect(throws: MatrixError.self) { try MatrixFile(yaml: yaml, name: "f.yml") }
        #expect(error?.description.contains(hint) == true, "\(error?.description ?? "")")
    }

    @Test func keysAreFoldersAndNothingElse() throws {
        #expect(CellKey("../../../etc/passwd") == nil)
        #expect(CellKey(String(repeating: "A", count: 40)) == nil)
        let key = try CellKey(of: ["a", "b"])
        #expect(CellKey(key.description) == key)
        // Two parts are not one that looks like both.
        #expect(try CellKey(of: ["a\n1 b"]) != key)
        #expect(try CellKey(of: ["ab"]) != CellKey(of: ["a", "b"]))
    }

    @Test func placesAreWhatProcessorsAndMemoryBear() {
        #expect(Capacity(processors: 8, availableMiB: 64_000, cellMiB: 1024).places == 8)
        #expect(Capacity(processors: 8, availableMiB: 5000, cellMiB: 1024).places == 2)
        #expect(Capacity(processors: 8, availableMiB: 100, cellMiB: 1024).places == 1)
        let capacity = Capacity(processors: 8, availableMiB: nil, cellMiB: 512, limit: 3)
        #expect(capacity.places == 3 && capacity.jobs(width: 3) == 2 && capacity.jobs(width: 1) == 8)
    }
}
