// SPDX-License-Identifier: GPL-2.0-only

import Base
import TestSupport
import Testing

@testable import PatchSeries

/// Every series on Debian's sources.
@Suite struct KernelTreeTests {
    struct Numbers: Sendable {
        let release: String
        /// Next free: of a capability and its section, of a command of SEV and its section.
        let capability, section, command, commandSection: UInt64
        let isUpstream: Bool
    }

    @Test(arguments: [
        Numbers(
            release: "5.10",
            capability: 191,
            section: 22,
            command: 20,
            commandSection: 10,
            isUpstream: false
        ),
        Numbers(
            release: "6.1",
            capability: 224,
            section: 34,
            command: 22,
            commandSection: 18,
            isUpstream: true
        ),
        Numbers(
            release: "6.12",
            capability: 239,
            section: 37,
            command: 23,
            commandSection: 21,
            isUpstream: true
        ),
        Numbers(
            release: "7.2",
            capability: 250,
            section: 48,
            command: 23,
            commandSection: 22,
            isUpstream: true
        ),
        Numbers(
            release: "7.3",
            capability: 252,
            section: 48,
            command: 23,
            commandSection: 22,
            isUpstream: true
        ),
    ])
    func factsOfTheTree(numbers: Numbers) throws {
        let tree = try KernelTree(numbers.release)
        let files = try tree.files()
        let facts = try FactSet(try MirrorSeries.read(), read: try tree.reader())
        let answers = Dictionary(uniqueKeysWithValues: facts.answers.map { ($0.fact, $0) })
        #expect(tree.version.hasPrefix("\(facts.release.version).\(facts.release.patchLevel)."))
        #expect(answers["capability-number"]?.value == .number(numbers.capability))
        #expect(answers["capability-section"]?.value == .number(numbers.section))
        #expect(answers["command-id"]?.value == .number(numbers.command))
        #expect(answers["command-section"]?.value == .number(numbers.commandSection))
        #expect(answers["upstream"]?.value == .truth(numbers.isUpstream))
        #expect(answers["static-calls"]?.value == .truth(numbers.isUpstream))
        #expect(answers["sev-es"]?.value == .truth(numbers.isUpstream))
        // The line that is named is the one that was read.
        for answer in facts.answers where answer.line > 0 {
            let lines = try files.required(answer.file).split(
                separator: UInt8(ascii: "\n"),
                omittingEmptySubsequences: false
            )
            let line = String(decoding: lines[answer.line - 1], as: UTF8.self)
            #expect(line.contains(answer.text), "\(answer.fact) of \(tree.tag)")
        }
    }

    @Test(arguments: ProjectSeries.all, KernelTree.series)
    func everySiteIsWhereItsAnchorSays(project: ProjectSeries, release: String) throws {
        let series = try project.read()
        let tree = try KernelTree(release)
        let facts = try FactSet(series, read: try tree.reader())
        for variant in series.variants.map(\.name) {
            let selection = try Selection(variant: variant, settings: [], of: series)
            let isMerged = project.isMerged(variant, in: tree)
            do {
                _ = try SettledSelection(selection, in: facts, of: series)
                #expect(!isMerged, "\(tree.tag) takes \(variant), which it has")
            } catch {
                #expect(isMerged && error.kind == .upstream, "\(variant) on \(tree.tag): \(error)")
                #expect(error.description.contains("upstream since v5.13"), "\(error)")
                #expect(throws: error, "\(variant) on \(tree.tag)") {
                    _ = try series.render(selection, read: try tree.reader())
                }
                continue
            }
            try expectPlaced(selection, of: series, in: tree)
        }
    }

    private func expectPlaced(_ selection: Selection, of series: Series, in tree: KernelTree) throws {
        let read = try tree.reader()
        let rendered = try series.render(selection, read: read)
        let environment = rendered.settled.environment
        let what = "\(series.name) \(selection.variant) on \(tree.tag)"

        var last: Files = [:]
        for patch in rendered.patches { for file in patch.files { last[file.path] = file.bytes } }
        #expect(!last.isEmpty)
        let scratch = try Scratch()
        var steps: Files = [:]
        var patched: [String: PatchedFile] = [:]
        for (path, bytes) in last {
            // A new file has no sites to judge.
            guard let base = read(path) else { continue }
            // Rendered a second time, by parts: the same bytes, or rendering depends on more than its input.
            let file = try PatchedFile(path, base: base, series, environment, rendered.facts)
            #expect(file.steps.last?.bytes == bytes, "\(what): \(path)")
            for (index, step) in file.steps.enumerated() { steps["\(index)/\(path)"] = step.bytes }
            patched[path] = file
        }
        try scratch.write(steps)
        let tags = try Ctags(Array(steps.keys), in: scratch)
        var judged = 0
        for (path, file) in patched {
            for (index, step) in file.steps.enumerated() {
                let judge = PlacementJudge(
                    path,
                    base: step.base,
                    patched: step.bytes,
                    tags["\(index)/\(path)"]
                )
                for placement in step.placements {
                    judged += 1
                    if let complaint = judge.complaint(placement) {
                        Issue.record("\(what): \(path): \(complaint)")
                    }
                }
            }
        }
        let files = rendered.patches.flatMap(\.files).filter { !$0.isNew }
        #expect(judged == files.flatMap(\.sites).count)
        print("\(what): \(judged) sites")

        for patch in rendered.patches {
            for (path, bytes) in patch.files.map({ ($0.path, $0.bytes) }) + [("message.txt", patch.message)] {
                for word in ["KPATCH_", "kpatch:"] {
                    #expect(
                        bytes.firstRange(of: Array(word.utf8)) == nil,
                        "\(what): \(path) still has the template language in it"
                    )
                }
            }
        }
    }

    @Test func renderingIsDeterministic() throws {
        let read = try KernelTree("5.10").reader()
        func render() throws -> [String] {
            // Read anew: the order of a dictionary depends on its history.
            let series = try MirrorSeries.read()
            let rendered = try series.render(
                try Selection(variant: "cap-to", settings: [], of: series),
                read: read
            )
            return rendered.patches.flatMap { patch in
                [patch.folder, String(decoding: patch.message, as: UTF8.self)]
                    + patch.files.flatMap {
                        [$0.path, String(decoding: $0.bytes, as: UTF8.self)] + $0.sites.map { "\($0)" }
                    }
            } + rendered.notes
        }
        #expect(try render() == render())
    }

    @Test func aPinShows() throws {
        let series = try MirrorSeries.read()
        let selection = try Selection(
            variant: "cap-from",
            settings: [Setting("capability-number", "197")],
            of: series
        )
        let rendered = try series.render(selection, read: try KernelTree("5.10").reader())
        let header = try #require(
            rendered.patches.flatMap(\.files).first { $0.path == "include/uapi/linux/kvm.h" }
        )
        #expect(
            String(decoding: header.bytes, as: UTF8.self).contains(
                "\n#define KVM_CAP_VM_COPY_ENC_CONTEXT_FROM 197\n"
            )
        )
        let answer = try #require(rendered.facts.answers.first { $0.fact == "capability-number" })
        #expect(answer.isPinned)
        #expect(answer.value == .number(197))
        #expect(selection.summary == "cap-from capability-number=197")
    }
}
