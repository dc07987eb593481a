// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

/// The verbs of a matrix, with a judge that judges nothing (`--judge fake`) and says so in each report.
@Suite("a matrix") struct MatrixVerbTests {
    /// Nine cells, some hundred milliseconds each.
    private static let cells =
        ["--judge", "fake", "--profile", "fast", "--variant", "enc-op"]
        + ["5.10", "6.1", "6.12"].flatMap { ["--tree", $0] } + [
            "--variant", "cap-to", "--variant", "cap-from",
        ]

    /// Names of the cells that the history has, each as often as it has results of them.
    private func remembered(_ world: World) async throws -> [String] {
        let outcome = try await world.kpatchGen(
            "history",
            "tests",
            "--tests",
            "fake.steady",
            "--format",
            "json"
        )
        expectSuccess(outcome)
        return try outcome.jsonArray().flatMap { line in
            line.objects("points").map { _ in line.string("cell") ?? "" }
        }
    }

    private func expectEachOnce(_ world: World, _ count: Int) async throws {
        let names = try await remembered(world)
        #expect(names.count == count && Set(names).count == count, "\(names)")
        let store = try FileManager.default.contentsOfDirectory(atPath: world["state/matrix/cells"].string)
        #expect(store.filter { $0.count == 40 }.count == count, "\(store)")
        let matrices = try await world.kpatchGen("history", "matrices", "--format", "json")
        #expect(try matrices.jsonArray().count == 1, "\(matrices)")
    }

    /// SIGKILL, which nobody can prepare for; then the same command again.
    @Test("whose process is killed goes on when it is started again", arguments: ["local", "parallel"])
    func killed(engine: String) async throws {
        let world = try World()
        let script = """
            "$@" &
            for _ in $(seq 600); do
                done=$(ls state/matrix/cells state/matrix/tasks/*/out 2>/dev/null | grep -cxE '[0-9a-f]{40}|[0-9]+')
                [ "$done" -ge 3 ] && break
                sleep 0.05
            done
            kill -KILL $! && wait $!
            echo "status $?"
            """
        let arguments = ["matrix"] + Self.cells + ["--on", engine, "--places", "1"]
        let killed = try await run(
            "bash",
            ["-c", script, "bash", try World.program()] + arguments,
            in: world.root,
            environment: world.environment(["KPATCH_FAKE_MILLISECONDS": "400"])
        )
        #expect(killed.lines.last == "status 137", "\(killed)")
        let again = try await world.kpatchGen(arguments)
        expectSuccess(again)
        #expect(again.lines.last == "9 cells: 9 pass", "\(again)")
        let open = again.errors.firstMatch(of: /9 cells: ([0-9]) known, ([0-9]) to be judged/)
        let known = try #require(open.flatMap { Int($0.1) }, "\(again)")
        #expect((2...8).contains(known), "what was finished is kept: \(again)")
        try await expectEachOnce(world, 9)
        // Whoever was killed has left no work behind.
        let tasks = world["state/matrix/tasks"].string
        let left = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        #expect(left.isEmpty, "\(left)")
    }

    @Test("and another one at the same time, of the same cells, into one history")
    func twoAtOnce() async throws {
        let world = try World()
        let arguments = ["matrix"] + Self.cells
        let slow = ["KPATCH_FAKE_MILLISECONDS": "100"]
        async let first = world.kpatchGen(
            arguments + ["--name", "one", "--output", "one"],
            environment: slow
        )
        async let second = world.kpatchGen(
            arguments + ["--name", "two", "--output", "two"],
            environment: slow
        )
        expectSuccess(try await first)
        expectSuccess(try await second)
        let matrices = try await world.kpatchGen("history", "matrices", "--format", "json")
        #expect(Set(try matrices.jsonArray().compactMap { $0.string("name") }) == ["one", "two"])
        expectSuccess(try await world.kpatchGen("compare", "one", "two"))
        // Whoever came second has taken what the first one found.
        let names = try await remembered(world)
        #expect(names.count == 9 && Set(names).count == 9, "\(names)")
        // Results that are replaced while the other one reads them.
        let again = arguments + ["--again"]
        async let third = world.kpatchGen(again + ["--name", "three", "--output", "three"])
        async let fourth = world.kpatchGen(again + ["--name", "four", "--output", "four"])
        expectSuccess(try await third)
        expectSuccess(try await fourth)
        expectSuccess(try await world.kpatchGen("compare", "three", "four"))
    }

    @Test("split into parts, whose folders make the whole")
    func parts() async throws {
        let world = try World()
        for part in 1...2 {
            // Each on a machine of its own.
            expectSuccess(
                try await world.kpatchGen(
                    ["matrix"] + Self.cells + ["--shard", "\(part)/2", "--output", "part\(part)"],
                    environment: ["KPATCH_HOME": world["state\(part)"].string]
                )
            )
        }
        let joined = try await world.shell(
            "mkdir -p all/cells && cp -R part*/cells/* all/cells/ && \"$1\" history add all --name all",
            try World.program()
        )
        #expect(joined.lines == ["all: 9 cells"], "\(joined)")
        let report = try await world.kpatchGen("report", "all", "--html", "page", "--badge", "badge.svg")
        expectSuccess(report)
        #expect(try String(contentsOfFile: world["badge.svg"].string, encoding: .utf8).contains("9 pass"))
    }

    @Test("in a file, whose cells a dry run lists")
    func file() async throws {
        let world = try World()
        try write(
            "variants: [enc-op, cap-to]\neach: api\ntrees: [5.10, 6.1]\njudges: fake\nprofiles: fast\n",
            to: world["m.yml"]
        )
        let plan = try await world.kpatchGen("matrix", "--file", "m.yml", "--dry-run")
        expectSuccess(plan)
        #expect(plan.output.contains("enc-op, 6.1, fast, fake"), "\(plan)")
        #expect(plan.errors.contains("to be judged"), "\(plan)")
        try write("variants: [enc-op]\ntress: [5.10]\n", to: world["m.yml"])
        expectRefusal(
            try await world.kpatchGen("matrix", "--file", "m.yml", "--dry-run"),
            2,
            "m.yml:2",
            "trees"
        )
    }

    /// What engines run on whichever machine.
    @Test("of which a node gets one cell, and the tree that it lacks")
    func cell() async throws {
        let world = try World()
        let linux = try await world.kernel()
        func write(reference: String) throws {
            let text = """
                {"schema": 1, "cell": {"series": "kvm-sev-mirror", "variant": "enc-op", "settings": [], "tree": "5.10",
                "profile": "fast", "judge": "fake"}, "source": {"repository": "\(linux)", "reference": "\(reference)"}}
                """
            try EndToEndTests.write(text, to: world["in/inputs.json"])
        }
        try write(reference: "refs/tags/v5.10.99")
        let outcome = try await world.kpatchGen("cell", "in", "--output", "out")
        expectSuccess(outcome)
        #expect(outcome.errors.contains("fetching refs/tags/v5.10.99"), "\(outcome)")
        let commit = try await world.git("rev-parse", "v5.10.99", in: linux)
        #expect(try await world.git("rev-parse", "v5.10.99", in: world["state/trees.git"]) == commit)
        // A folder of results, which is believed by its sums; a second time nothing is fetched.
        let added = try await world.kpatchGen("history", "add", "out", "--name", "node")
        #expect(added.lines == ["node: 1 cell"], "\(added)")
        let again = try await world.kpatchGen("cell", "in", "--output", "out")
        #expect(again.status == 0 && !again.errors.contains("fetching"), "\(again)")
        for reference in ["refs/heads/main", "refs/tags/v5..10", "--upload-pack=touch x"] {
            try write(reference: reference)
            expectRefusal(
                try await world.kpatchGen("cell", "in", "--output", "out2"),
                2,
                "not the tag of a local tree"
            )
        }
        try EndToEndTests.write("thesis", to: world["full/thesis.tex"])
        try write(reference: "refs/tags/v5.10.99")
        expectRefusal(
            try await world.kpatchGen("cell", "in", "--output", "full"),
            2,
            "something else than a result"
        )
    }

    /// The same key is the same verdict: whatever a verdict depends on makes another one, and nothing else does.
    @Test("whose cells are known by all that they are made of")
    func keys() async throws {
        let world = try World()
        let tree = try KernelTree("5.10")
        let linux = try await world.clone(tree)
        try makeFolder(world["share"])
        let share = try #require(World.share, "KPATCH_SHARE is not set: set it to the project's folder")
        for name in ["Templates", "kernel-config"] {
            try copyItem(FilePath(share).appending(name), to: world["share/\(name)"])
        }
        func key(_ arguments: String..., environment: [String: String] = [:]) async throws -> String {
            let outcome = try await world.kpatchGen(
                ["matrix", "--dry-run", "--format", "json", "--tree", linux.string, "--variant", "enc-op"]
                    + (arguments.contains("--profile") ? [] : ["--profile", "fast"])
                    + (arguments.contains("--base") ? [] : ["--base", tree.tag]) + arguments,
                environment: environment.merging(["KPATCH_SHARE": world["share"].string]) { $1 }
            )
            expectSuccess(outcome)
            let cell = try #require(try outcome.json().objects("cells").first)
            // Of a refused one templates and tree are all that matters.
            #expect(cell.string("verdict") == "missing", "\(outcome)")
            return cell.string("key") ?? ""
        }
        func tool(_ name: String, _ words: String) throws {
            try write(
                "#!/bin/sh\n[ \"$1\" = --version ] && echo '\(words)' && exit\nexec /usr/bin/\(name) \"$@\"\n",
                to: world["\(name)/\(name)"]
            )
            guard chmod(world["\(name)/\(name)"].string, 0o755) == 0 else {
                throw SetupError("chmod \(name)")
            }
        }
        func path(_ name: String) -> [String: String] {
            ["PATH": world[name].string + ":" + (world.environment()["PATH"] ?? "")]
        }
        let first = try await key()
        #expect(first.count == 40)
        #expect(try await key() == first)
        var seen: [String: String] = [first: "the first"]
        func expectNew(_ key: String, _ what: String) {
            #expect(seen[key] == nil, "\(what) has the key of \(seen[key] ?? "")")
            seen[key] = what
        }
        expectNew(try await key("--set", "owner=file-ref"), "another value")
        expectNew(try await key("--profile", "debug"), "another profile")
        expectNew(try await key("--judge", "suite:mirror*"), "other tests")
        try tool("qemu-system-x86_64", "QEMU emulator version 99.0")
        expectNew(try await key(environment: path("qemu-system-x86_64")), "another QEMU")
        try tool("gcc", "gcc (somebody) 99.0")
        expectNew(try await key(environment: path("gcc")), "another compiler")
        expectNew(try await key("--base", try KernelTree("6.1").tag), "another tree")
        func edit(_ file: String, _ edit: (String) -> String) throws {
            let text = try String(contentsOfFile: world[file].string, encoding: .utf8)
            try write(edit(text), to: world[file])
        }
        try edit("share/Templates/kvm-sev-mirror/tests/lifetime_test.c") { $0 + "\n" }
        let tests = try await key()
        expectNew(tests, "another test")
        try edit("share/kernel-config/boot.config") { $0 + "CONFIG_DEBUG_INFO_NONE=y\n" }
        expectNew(try await key(), "another configuration")
    }

    /// A value that is planted as a defect, without a word to the search.
    @Test("a value to blame is found, alone and with another")
    func values() async throws {
        let world = try World()
        let search = [
            "bisect", "--variant", "enc-op", "--to", "rfc-v1", "--tree", "5.10", "--profile", "fast",
        ]
        let found = try await world.kpatchGen(search + ["--judge", "fake:*destroy-lock=held*"])
        expectSuccess(found)
        #expect(found.lines.first == "it is destroy-lock=held", "\(found)")
        let two = try await world.kpatchGen(
            search + ["--judge", "fake:*error-labels=one*mirror-test=address*", "--format", "json"]
        )
        expectSuccess(two)
        let planted = ["error-labels=one", "mirror-test=address"]
        let values = try two.json().strings("found")
        #expect(Set(values).isSuperset(of: planted), "\(two)")
        // The others are there because the rules forbid the two without them.
        for value in values where !planted.contains(value) {
            let rest = values.filter { $0 != value }.flatMap { ["--set", $0] }
            let without = ["matrix", "--variant", "enc-op", "--tree", "5.10", "--judge", "fake", "--dry-run"]
            expectRefusal(try await world.kpatchGen(without + rest), 2)
        }
        let none = try await world.kpatchGen(search + ["--judge", "fake"])
        expectRefusal(none, 1, "nothing to search")
    }

    /// Commits whose names say whether they are planted: `b…` from the broken one on, `a…` before and after. So a judge that
    /// goes by names alone judges a real repository.
    private func plant(_ linux: FilePath, _ world: World, good: Int, broken: Int, mended: Int) async throws
        -> [String]
    {
        let script = """
            cd "$1"; parent=$(git rev-parse HEAD); tree=$(git rev-parse HEAD^{tree}); shift
            for letter in "$@"; do
                for nonce in $(seq 1000); do
                    commit=$(git commit-tree -p "$parent" -m "$letter $nonce" "$tree")
                    case $commit in "$letter"*) break ;; esac
                done
                parent=$commit
                echo "$commit"
            done
            git branch planted "$parent"
            """
        let letters =
            Array(repeating: "a", count: good) + Array(repeating: "b", count: broken)
            + Array(repeating: "a", count: mended)
        let outcome = try await run(
            "bash",
            ["-c", script, "bash", linux.string] + letters,
            in: world.root,
            environment: world.environment()
        )
        expectSuccess(outcome)
        return outcome.lines
    }

    @Test("a broken base between two good ones is found, over tags and over commits")
    func bases() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let commits = try await plant(linux, world, good: 6, broken: 3, mended: 2)
        // v6.1-rc1 … rc4: good, good, broken, mended.
        for (number, index) in [1, 4, 7, 10].enumerated() {
            try await world.git("tag", "v6.1-rc\(number + 1)", commits[index], in: linux)
        }
        let search = ["bisect", "--variant", "enc-op", "--tree", linux.string, "--profile", "fast"]
        let byTags = ["--base", "v6.1-rc*", "--judge", "fake:*v6.1-rc3*"]
        // Nothing is known yet, and the last one is good.
        let blind = try await world.kpatchGen(search + byTags)
        expectRefusal(blind, 1, "v6.1-rc4", "doesn't fail")
        // The column of a matrix shows it; what is known of it is not judged again.
        let column = ["--variant", "enc-op", "--tree", linux.string, "--profile", "fast"]
        let matrix = try await world.kpatchGen(["matrix"] + column + byTags)
        #expect(matrix.status == 1 && matrix.lines.last == "4 cells: 3 pass, 1 fail", "\(matrix)")
        let found = try await world.kpatchGen(search + byTags + ["--format", "json"])
        expectSuccess(found)
        let json = try found.json()
        #expect(json.strings("found") == ["\(linux) v6.1-rc3"], "\(found)")
        #expect(json.objects("steps").allSatisfy { $0.bool("isKnown") == true }, "\(found)")
        #expect(found.errors.contains("v6.1-rc4 is good again"), "\(found)")
        // A range has what came after its first end: git has the same tags.
        let range = try await world.kpatchGen(
            ["matrix", "--dry-run", "--judge", "fake", "--base", "v6.1-rc1..v6.1-rc4", "--format", "json"]
                + column
        )
        expectSuccess(range)
        #expect(
            try range.json().objects("cells").compactMap { $0.string("base") } == [
                "v6.1-rc2", "v6.1-rc3", "v6.1-rc4",
            ],
            "\(range)"
        )
        let empty = ["matrix", "--dry-run", "--judge", "fake"] + column
        expectRefusal(
            try await world.kpatchGen(empty + ["--base", "v6.1-rc4..v6.1-rc2"]),
            3,
            "no release or candidate"
        )
        expectRefusal(try await world.kpatchGen(empty + ["--base", "v6.1-rc4.."]), 2, "no range")
        // Between the tags git chooses; git log says which one it has to be.
        let exact = try await world.kpatchGen(
            search + ["--good", commits[4], "--bad", commits[7], "--judge", "fake:*linux b*"]
        )
        expectSuccess(exact)
        #expect(exact.lines.first == "it is \(commits[6])", "\(exact)")
    }

    @Test("of combinations each tree has those that it takes")
    func combinations() async throws {
        let world = try World()
        func selection(_ row: JSONObject) -> String {
            "\(row.string("variant") ?? "") \(row.strings("settings"))"
        }
        let trees = try ["5.10", "7.3"].map { try KernelTree($0) }
        let linux = try await world.clone(trees[0]).string
        let matrix = try await world.kpatchGen(
            ["matrix", "--combinations", "--judge", "fake", "--dry-run", "--format", "json", "--tree", linux]
                + trees.flatMap { ["--base", $0.tag] }
        )
        expectSuccess(matrix)
        func cells(_ tree: KernelTree) throws -> [String] {
            try matrix.json().objects("cells").filter { $0.string("base") == tree.tag }.map(selection)
        }
        let all = try await world.kpatchGen("combinations", "--format", "json")
        #expect(try cells(trees[0]) == all.jsonArray().map(selection))
        // It has the feature, and refuses what takes its place.
        let alongside = try await world.kpatchGen(
            ["combinations", "--tree", linux, "--base", trees[1].tag, "--format", "json"]
        )
        expectSuccess(alongside)
        let rows = try alongside.json().objects("rows")
        #expect(rows.allSatisfy { $0.string("refusal") == nil }, "\(alongside)")
        #expect(try cells(trees[1]) == rows.map(selection))
    }

    @Test("a patch to blame is found")
    func patches() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let search = [
            "bisect", "--variant", "enc-op", "--tree", linux.string, "--profile", "fast", "--patches",
        ]
        // Three patches: it fails with the second, and so with all.
        let found = try await world.kpatchGen(search + ["--judge", "fake:*(2 of its*|enc-op, *"])
        expectSuccess(found)
        expectSuccess(found)
        #expect(found.lines.first == "it is 0004-share-sev-context", "\(found)")
        let all = try await world.kpatchGen(search + ["--judge", "fake:*"])
        expectRefusal(all, 1, "fails without a patch")
        expectRefusal(try await world.kpatchGen(search + ["--judge", "fake"]), 1, "nothing to search")
    }

    /// What a stranger's result says is shown on a terminal, and does nothing there.
    @Test("from a stranger whose words drive terminals is shown as text")
    func hostileWords() async throws {
        let world = try World()
        expectSuccess(
            try await world.kpatchGen(
                ["matrix", "--judge", "fake", "--tree", "5.10", "--variant", "enc-op"]
                    + ["--profile", "fast", "--output", "good"]
            )
        )
        // Their sums are right: what is forged is what they say.
        let forge = #"""
            cp -R good bad && cd bad/cells/* && perl -0pi -e '
                s/"name" : "planted"/"name" : "planted\\u001b]0;owned\\u0007\\u001b[2J\\u202e<script>alert(1)<\/script>\\nok 1 forged"/;
                s/"verdict" : "pass"/"verdict" : "fail"/g; s/"pass" : 2/"pass" : 1/; s/"fail" : 0/"fail" : 1/;
                s/"exitStatus" : 0/"exitStatus" : 1/' report.json
            perl -0pi -e 's/("name" : "steady",.*?"verdict" : )"fail"/$1"pass"/s' report.json
            sum=$(sha256sum report.json | cut -c1-64) size=$(stat -c %s report.json)
            perl -0pi -e "s/\"sha256\" : \"[0-9a-f]+\"/\"sha256\" : \"$sum\"/; s/\"bytes\" : [0-9]+/\"bytes\" : $size/;
                s/\"verdict\" : \"pass\"/\"verdict\" : \"fail\"/; s/\"started\" : \"20/\"started\" : \"21/" cell.json
            cd ../../..
            rm bad/matrix.json
            for words in "history add bad" "history" "compare good bad" "report bad --mail" "report bad --html page"; do
                script -qec "'$1' $words" /dev/null
            done
            """#
        let outcome = try await world.shell(forge, try World.program(), environment: ["TERM": "dumb"])
        #expect(outcome.output.contains("planted"), "\(outcome)")
        #expect(!outcome.bytes.contains(0x1b) && !outcome.bytes.contains(7), "\(outcome)")
        #expect(!outcome.lines.contains { $0.hasPrefix("ok 1 forged") }, "\(outcome)")
        let page = try String(contentsOfFile: world["page/c/1.html"].string, encoding: .utf8)
        #expect(page.contains("&lt;script&gt;") && !page.contains("<script>alert"))
    }

    /// A folder that was cut off on its way is refused by its name, and nothing of its matrix is taken.
    @Test("of which a part was cut off is refused by name")
    func truncated() async throws {
        let world = try World()
        expectSuccess(try await world.kpatchGen(["matrix"] + Self.cells + ["--output", "out"]))
        let cut = try await world.shell(
            "cell=$(ls out/cells | head -1); truncate -s -9 out/cells/$cell/report.json; echo $cell"
        )
        let key = try #require(cut.lines.first)
        let other = ["--history", "other.sqlite"]
        expectRefusal(
            try await world.kpatchGen(["history", "add", "out"] + other),
            2,
            key,
            "nothing of it was added"
        )
        let matrices = try await world.kpatchGen(["history", "matrices", "--format", "json"] + other)
        #expect(try matrices.jsonArray().isEmpty, "\(matrices)")
        let report = try await world.kpatchGen("report", "out", "--html", "page")
        #expect(report.status == 1 && report.errors.contains(key), "\(report)")
        let page = try String(contentsOfFile: world["page/index.html"].string, encoding: .utf8)
        #expect(page.contains(key) && page.contains("1 missing"))
    }
}
