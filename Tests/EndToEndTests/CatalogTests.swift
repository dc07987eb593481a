// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

@Suite("list, show, facts") struct CatalogTests {
    @Test("list names every variant and option, in text and JSON")
    func list() async throws {
        let world = try World()
        let text = try await world.kpatchGen("list")
        expectSuccess(text)
        let json = try await world.kpatchGen("list", "--format", "json")
        expectSuccess(json)
        let series = try #require(try json.jsonArray().first { $0.string("name") == "kvm-sev-mirror" })
        #expect(series.string("purpose") == "mail")
        #expect(series.objects("variants").compactMap { $0.string("name") } == Variant.all.map(\.name))
        for kind in ["variants", "options", "numbers"] {
            #expect(!series.objects(kind).isEmpty)
            for entry in series.objects(kind) {
                let name = try #require(entry.string("name"))
                let summary = try #require(entry.string("summary"))
                #expect(
                    text.output.contains(name) && text.output.contains(summary),
                    "\(name) is not in \(text)"
                )
            }
        }
        for option in series.objects("options") {
            #expect(option.objects("values").contains { $0.string("name") == option.string("defaultValue") })
        }
    }

    @Test("show explains a variant", arguments: Variant.all)
    func showVariant(_ variant: Variant) async throws {
        let world = try World()
        let text = try await world.kpatchGen("show", "--variant", variant.name)
        expectSuccess(text)
        #expect(text.output.contains("direction"))
        let json = try await world.kpatchGen("show", "--variant", variant.name, "--format", "json")
        expectSuccess(json)
        #expect(try json.json().string("name") == variant.name)
    }

    @Test("show explains an option")
    func showOption() async throws {
        let world = try World()
        let text = try await world.kpatchGen("show", "--option", "api")
        expectSuccess(text)
        for word in ["capability", "(default)", "enc-op", "R19", "option.yml:"] {
            #expect(text.output.contains(word), "\(text)")
        }
        let json = try await world.kpatchGen("show", "--option", "api", "--format", "json")
        expectSuccess(json)
        #expect(try json.json().strings("points") == ["R19"])
        #expect(
            try json.json().objects("values").compactMap { $0.string("name") } == ["capability", "enc-op"]
        )
    }

    @Test("an option is explained with rules, points and who said what")
    func showDecision() async throws {
        let world = try World()
        let text = try await world.kpatchGen("show", "--option", "chains")
        expectSuccess(text)
        for word in [
            "reparent", "(as posted)", "rules:", "requires", "R14b", "Steve Rutherford", "message 5",
        ] {
            #expect(text.output.contains(word), "\(text)")
        }
        #expect(
            text.output.split(separator: "\n").allSatisfy { $0.count <= 100 || $0.contains("option.yml:") }
        )
        let json = try await world.kpatchGen("show", "--option", "chains", "--format", "json")
        expectSuccess(json)
        #expect(try json.json().objects("review").compactMap { $0.string("name") } == ["R14", "R14b"])
        #expect(try !json.json().objects("rules").isEmpty)
    }

    @Test("a point is shown, an unknown one refused")
    func showPoint() async throws {
        let world = try World()
        let text = try await world.kpatchGen("show", "--point", "R14")
        expectSuccess(text)
        #expect(text.output.contains("chains") && text.output.contains("enc-op"), "\(text)")
        expectRefusal(try await world.kpatchGen("show", "--point", "R99"), 2, "no point 'R99'", "--review")
        expectRefusal(try await world.kpatchGen("show", "--point", "R1", "--option", "api"), 2, "give one of")
        expectRefusal(try await world.kpatchGen("list", "--format", "markdown"), 2, "--review")
    }

    @Test("the review table holds every point, in text, JSON and Markdown")
    func review() async throws {
        let world = try World()
        let json = try await world.kpatchGen("list", "--review", "--format", "json")
        let text = try await world.kpatchGen("list", "--review")
        let markdown = try await world.kpatchGen("list", "--review", "--format", "markdown")
        for outcome in [json, text, markdown] { expectSuccess(outcome) }
        let names = try json.jsonArray().compactMap { $0.string("name") }
        let wanted = (1...36).map { "R\($0)" } + ["R14b"] + (1...24).map { "L\($0)" }
        #expect(Set(names) == Set(wanted))
        for name in wanted {
            #expect(text.output.contains("\n\(name) "), "\(name)")
            #expect(markdown.output.contains("\n| \(name) | "), "\(name)")
        }
    }

    @Test("combinations are arguments that the other verbs take")
    func combinations() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let text = try await world.kpatchGen("combinations", "--fixed")
        expectSuccess(text)
        let rows = text.output.split(separator: "\n")
        #expect(rows.count > 9)
        let first = try #require(rows.first).split(separator: " ").map(String.init)
        expectSuccess(try await world.kpatchGen(["apply", "--tree", linux.string, "--dry-run"] + first))
        let json = try await world.kpatchGen("combinations", "--fixed", "--format", "json")
        expectSuccess(json)
        #expect(try json.jsonArray().count == rows.count)
        #expect(try json.jsonArray().allSatisfy { $0.strings("defects").isEmpty })
        expectRefusal(try await world.kpatchGen("combinations", "--compile"), 2, "--tree")
    }

    @Test("facts name the line they were read from")
    func facts() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let (text, json) = try await unchanged(linux) {
            (
                try await world.kpatchGen("facts", "--tree", linux.string),
                try await world.kpatchGen("facts", "--tree", linux.string, "--format", "json")
            )
        }
        expectSuccess(text)
        expectSuccess(json)
        let result = try json.json()
        #expect(try result.string("release") == KernelFixture.version())
        #expect(try await world.git("rev-parse", "HEAD", in: linux) == result.string("base"))
        let facts = result.objects("facts")
        #expect(facts.first { $0.string("name") == "capability-number" }?.int("value") == 191)
        #expect(facts.first { $0.string("name") == "command-id" }?.int("value") == 20)
        #expect(facts.first { $0.string("name") == "static-calls" }?.bool("value") == false)
        for fact in facts {
            let name = try #require(fact.string("name"))
            let file = try #require(fact.string("file"), "\(name) names no file")
            #expect(text.lines.contains { $0.hasPrefix(name) && $0.contains(file) }, "\(name) in \(text)")
            guard let line = fact.int("line") else { continue }
            let lines = try read(linux.appending(file)).split(
                separator: "\n",
                omittingEmptySubsequences: false
            )
            let quoted = try #require(fact.string("text"))
            #expect(lines[line - 1].contains(quoted), "\(file):\(line)")
            #expect(text.output.contains("\(file):\(line): \(quoted)"))
        }
    }

    @Test("facts of a tree without the files: what is missing is said, not guessed")
    func missingFacts() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("rm", "-q", "include/uapi/linux/kvm.h", in: linux)
        try await world.git("commit", "-qm", "x", in: linux)
        let outcome = try await world.kpatchGen("facts", "--tree", linux.string, "--format", "json")
        expectSuccess(outcome)
        let fact = try #require(
            try outcome.json().objects("facts").first { $0.string("name") == "capability-number" }
        )
        #expect(fact.string("value") == nil)
        #expect(fact.string("missing")?.contains("include/uapi/linux/kvm.h") == true)
    }
}
