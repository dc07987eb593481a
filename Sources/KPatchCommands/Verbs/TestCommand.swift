// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Judging
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

struct TestCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Builds and boots what is missing, runs the tests in the guest, and prints the verdicts.",
        discussion: """
            Prints a line per test as it ends, then what the failed ones said and a line per review point. --output keeps \
            the report as text, KTAP, JUnit, JSON, KCIDB and for b4 review, and the guest's console. Exit status 1 if a test fails, crashes, \
            times out or is flaky, or the kernel complains; 4 if no machine could be had, in three attempts.

            A series without tests gets those of the tree's own selftests that suit what it edits \
            (kernel-config/suggestions.yml); which, it says. --selftests names others.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var machine: MachineArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run only the tests whose names match, with * and ?: program, or program.subtest.",
            valueName: "glob"
        )
    )
    var tests: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run the tree's own KVM selftests whose names match instead, with * and ?: 'kvm/*', 'kvm/x86/sev_*'.",
            valueName: "glob"
        )
    )
    var selftests: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run the tests of this checkout of kvm-unit-tests instead, in machines of the built kernel's KVM; --tests chooses by name, or by group and name: 'svm/*'.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var kvmUnitTests: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many machines run --selftests and --kvm-unit-tests side by side. (default: the number of processors, within free memory)",
            valueName: "n"
        )
    )
    var machines: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Boot on another host, by ssh: its QEMU, its KVM. USER@HOST, or a name of ssh_config.",
            valueName: "host"
        )
    )
    var host: String?

    @Flag(
        name: .long,
        help:
            "Run the tests on the kernel of a host with SEV itself (this one, or --host), without the software PSP. The host is asked what it can do before anything is built, and has to run the kernel that is tested: SEV has no nesting."
    )
    var realSev = false

    @OptionGroup var beneath: BareArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Keep the report in this folder.", valueName: "folder"),
        completion: .directory
    )
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Keep kernel and tests in this folder, as 'bundle' does: reports then say how it runs a failed test again.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var bundle: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run what failed again in a fresh machine, up to n times: what passes then is flaky, which is no pass.",
            valueName: "n"
        )
    )
    var reruns = 0

    @Option(name: .long, help: "What to print.")
    var format = ReportFormat.text

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The CI system that submits to KCIDB: small letters, digits and '_'.",
            valueName: "name"
        )
    )
    var origin = "kpatch_gen"

    func validate() throws {
        let isOrigin = origin.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
        guard selftests == nil || tests == nil, selftests == nil || kvmUnitTests == nil else {
            throw ValidationError("--selftests excludes --tests and --kvm-unit-tests")
        }
        if let machines, machines < 1 { throw ValidationError("--machines is at least 1") }
        guard machines == nil || selftests != nil || kvmUnitTests != nil else {
            throw ValidationError("--machines goes with --selftests or --kvm-unit-tests")
        }
        guard (0...9).contains(reruns) else { throw ValidationError("--reruns is 0 to 9") }
        if bundle?.isEmpty == true { throw ValidationError("--bundle needs a folder") }
        if let bundle, let output, Files.absolute(FilePath(bundle)) == Files.absolute(FilePath(output)) {
            throw ValidationError("--bundle and --output are one folder: a bundle is written anew each time")
        }
        guard isOrigin, !origin.isEmpty else {
            throw ValidationError("--origin takes small letters, digits and '_', which is what KCIDB takes")
        }
    }

    var bisect: Bool { kernel.bisect }

    func run() async throws {
        if let bundle { try Bundle.requireRoom(at: FilePath(bundle)) }
        let (loaded, selected) = try selection.load()
        let bed = try TestBed(loaded, isBare: beneath.bare || realSev, loading: SeriesArguments.load)
        let open = try tree.openInMemory()
        var run = TestRun(
            bed: bed,
            maker: try kernel.maker(of: open, loaded.project, preset: "debug"),
            machine: machine.choice,
            filter: TestFilter(glob: kvmUnitTests == nil ? tests : nil)
        )
        if realSev {
            let place = try SEVHost(host: host)
            Terminal.note("\(place.shell.name): \(try await place.inspect())")
            run.place = place
        } else if let host {
            run.place = try SSHMachine(host: host)
        }
        run.pool = machines.map { .ofThisHost(machines: $0) }
        let printsLines = format == .text
        run.onResult = { result, test in
            let line = result.line(in: test, isColored: printsLines && Terminal.usesColor)
            // A reader that is gone is found again at the end; the tests' reports are still to be kept.
            if printsLines { try? Terminal.output(line, isStyled: true) } else { Terminal.note(line) }
        }
        run.reruns = reruns
        run.upstream = try upstream(loaded.project.kernelConfig)
        run.reproduction = bundle.map { "\(Self.quoted($0))/run --tests " } ?? repetition(selftests != nil)
        let people = bundle == nil ? nil : try open.base.timelessPeople()
        let generation = try run.generate(selected, on: open.base, by: people)
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        if run.upstream == nil, tests == nil, bed.tests.programs.isEmpty, bed.tests.selftests.isEmpty {
            let texts = try KernelBuild.selftestMakefiles.compactMap { path in
                try open.base.repository.blob(at: path, inTree: generation.tree)?.bytes
            }
            run.upstream = try suggested(
                generation.rendered,
                among: texts.flatMap {
                    KernelBuild.selftestPrograms(ofMakefile: String(decoding: $0, as: UTF8.self))
                },
                loaded.project.kernelConfig
            )
            if bundle == nil { run.reproduction = repetition(true) }
        }
        let outcome = try await run.maker.withLock {
            if let bundle {
                // All tests are in it, whichever are run now.
                var whole = run
                whole.filter = TestFilter(glob: nil)
                let everything = try await whole.prepare(open.base, generation)
                _ = try await Bundle(whole, selected, generation, everything)
                    .write(to: FilePath(bundle), open.base)
            }
            let prepared = try await run.prepare(open.base, generation)
            return try await run.judge(prepared, open.base, selected, generation)
        }
        let report = outcome.report
        if let output { try keep(report, outcome.console, FilePath(output)) }
        let text = try report.written(
            as: format,
            isColored: printsLines && Terminal.usesColor,
            isAfterLines: printsLines,
            origin: origin
        )
        try Terminal.output(Array(((printsLines ? "\n" : "") + text).utf8), isStyled: true)
        if report.verdict == .infrastructure {
            throw Failure(.infrastructure, "there was no machine to run the tests on, in three attempts")
        }
        if report.verdict.isFailure { throw NegativeAnswer() }
    }

    /// The tests of others that are asked for.
    private func upstream(_ folder: FilePath) throws -> UpstreamTests? {
        if let kvmUnitTests {
            return UpstreamTests(
                source: .unitTests(FilePath(kvmUnitTests)),
                globs: [tests ?? "*"],
                table: try UpstreamTable(folder: folder, file: "kvm-unit-tests.yml")
            )
        }
        return try selftests.map { try Self.selftests([$0], folder) }
    }

    private static func selftests(_ globs: [String], _ folder: FilePath) throws -> UpstreamTests {
        UpstreamTests(
            source: .selftests,
            globs: globs,
            table: try UpstreamTable(folder: folder, file: "selftests.yml")
        )
    }

    /// The tree's own tests for a series that has none, by what it edits; said as a note.
    private func suggested(_ rendered: RenderedSeries, among programs: [String], _ folder: FilePath) throws
        -> UpstreamTests
    {
        let edits = rendered.patches.flatMap(\.files).flatMap { file in
            [SelftestSuggestions.Edit(path: file.path, names: [])].filter { _ in file.sites.isEmpty }
                + file.sites.map { site in
                    let words = site.anchor.split {
                        !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_"))
                    }
                    return SelftestSuggestions.Edit(path: file.path, names: words.map(String.init))
                }
        }
        let runnable = SelftestSuggestions.runnable
        let found = try SelftestSuggestions(folder: folder).suggestions(
            for: edits,
            among: programs.map { runnable + $0 }
        )
        var globs: [String] = []
        for suggestion in found {
            let paths = suggestion.paths.joined(separator: ", ")
            let run = suggestion.selftests.filter { $0.hasPrefix(runnable) }
            let others = suggestion.selftests.filter { !$0.hasPrefix(runnable) }
            globs += run.filter { !globs.contains($0) }
            if !run.isEmpty {
                Terminal.note("note: for \(paths) the tree's selftests \(run.joined(separator: ", "))")
            }
            if !others.isEmpty {
                Terminal.note(
                    "note: for \(paths) the tree has selftests \(others.joined(separator: ", ")), which don't run in this guest"
                )
            }
            if !suggestion.kunit.isEmpty {
                Terminal.note(
                    "note: for \(paths) see KUnit's suites \(suggestion.kunit.joined(separator: ", ")): tools/testing/kunit/kunit.py run"
                )
            }
        }
        guard !globs.isEmpty else {
            throw Failure(
                .user,
                "the series has no tests, and no KVM selftest suits the files that it edits (kernel-config/suggestions.yml)\nsay which to run: --selftests 'kvm/*'"
            )
        }
        Terminal.note("note: the series has no tests of its own, so these are run; others: --selftests GLOB")
        return try Self.selftests(globs, folder)
    }

    /// This command line, but for which tests.
    private func repetition(_ isOfSelftests: Bool) -> String {
        var words = [
            "kpatch-gen", "test", "--series", selection.series.series, "--variant", selection.variant,
        ]
        if selection.series.series == SeriesArguments.preset { words.removeSubrange(2...3) }
        for setting in selection.choice.settings { words += ["--set", setting.description] }
        if let onUpstream = selection.choice.onUpstream { words += ["--on-upstream", onUpstream.rawValue] }
        words += ["--tree", tree.tree]
        if let base = tree.base { words += ["--base", base] }
        if let profile = kernel.profile { words += ["--profile", profile] }
        if let config = kernel.config { words += ["--config", config] }
        if beneath.bare { words.append("--bare") }
        if let kvmUnitTests { words += ["--kvm-unit-tests", kvmUnitTests] }
        if let host { words += ["--host", host] }
        if realSev { words.append("--real-sev") }
        let last = isOfSelftests ? "--selftests kvm/" : "--tests "
        return words.map(Self.quoted).joined(separator: " ") + " " + last
    }

    /// As a shell takes it for one word.
    private static func quoted(_ word: String) -> String {
        let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,+:".contains($0)) }
        return plain && !word.isEmpty
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                + "'"
    }

    private func keep(_ report: RunReport, _ console: [String], _ folder: FilePath) throws {
        try Files.makeFolder(folder)
        for format in ReportFormat.allCases {
            let text = try report.written(as: format, origin: origin)
            try Files.write(Array(text.utf8), to: folder.appending(format.fileName))
        }
        try Files.write(
            Array((console.joined(separator: "\n") + "\n").utf8),
            to: folder.appending("console.log")
        )
    }
}

extension ReportFormat: ExpressibleByArgument {
    /// The report's file in --output.
    var fileName: String {
        switch self {
        case .text: "report.txt"
        case .ktap: "results.ktap"
        case .junit: "junit.xml"
        case .json: "report.json"
        case .kcidb: "kcidb.json"
        case .b4: "b4.json"
        }
    }
}
