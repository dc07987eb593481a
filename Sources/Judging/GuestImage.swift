// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Glibc
import Kernel
import PatchSeries
import SystemPackage
import VirtualMachine

/// One line of the guest's plan.
package struct PlannedTest: Sendable {
    package let name: String
    /// Seconds.
    package let timeout: Int
    /// The program on this machine.
    package let program: FilePath
    /// Review points by subtest.
    package let points: [String: [String]]
    /// Subtests that are to fail, with the reason: what they look for is in the tree itself.
    package var known: [String: String] = [:]
    /// What the machine needs for it; nil: as little as any.
    package var memoryMiB: Int?
    /// What the program is started with; words without blanks.
    package var arguments: [String] = []
    /// Whether it is for a machine without what the series beneath stands for.
    package var isBare = false
    /// Whether it is the tree's own.
    package var isUpstream = false
    /// A number in the guest that grows where the test does what it is for.
    package var counter: String?
    /// How it is run if it is no program of the guest but a kernel; nil: as a program.
    var unit: UnitTestRun?

    /// Runs a test and says so if a counter did not move (Templates/guest/exercised.c).
    fileprivate static let watcher = "/exercised"

    /// What the guest's init reads (Templates/guest/init.c).
    package var planLine: String {
        if unit != nil { return "\(name) \(timeout) \(UnitTestRun.runner) /tests/\(name).args" }
        let watch = counter.map { "\(Self.watcher) \($0) " } ?? ""
        return (["\(name) \(timeout) \(watch)/tests/\(name)"] + arguments).joined(separator: " ")
    }
}

/// Makes the guest's programs and packs them.
package struct GuestImage {
    /// Where rendered sources and programs go; below the build folder, whose lock the caller holds.
    package let folder: FilePath
    package let project: ProjectFiles
    /// Told of each program that is compiled; nil: nobody is.
    let observer: (any WorkObserver)?

    /// How many run at once.
    static let compilers = 2

    package init(output: FilePath, project: ProjectFiles, observer: (any WorkObserver)? = nil) {
        folder = output.appending("kpatch-guest")
        self.project = project
        self.observer = observer
    }

    static let title = "guest programs"

    /// Lays out what all guest programs share, and compiles init.
    package func buildInit() async throws -> FilePath {
        let source = folder.appending("init.c")
        try Files.makeFolder(folder)
        for (path, bytes) in try project.guestFiles() { try Files.write(bytes, to: folder.appending(path)) }
        _ = try await compile(folder.appending("exercised.c"), "exercised", includes: [])
        return try await compile(source, "init", includes: [])
    }

    /// Renders and compiles the series' tests for a selection, against the patched tree's own headers.
    package func buildTests(
        _ loaded: LoadedSeries,
        _ programs: [GuestTests.Program],
        _ settled: SettledSelection,
        headers: FilePath
    ) async throws -> [PlannedTest] {
        let sources = folder.appending("tests")
        try Files.makeFolder(sources)
        for (path, bytes) in loaded.files
        where path.hasPrefix("tests/") && (path.hasSuffix(".c") || path.hasSuffix(".h")) {
            let template = Template(
                path: "\(loaded.folder)/\(path)",
                bytes: bytes
            )
            try Files.write(
                try settled.render(template),
                to: sources.appending(String(path.dropFirst("tests/".count)))
            )
        }
        let defects = settled.decidedDefects
        let includes = [sources, folder, headers]
        let compiled = Locked<[String: FilePath]>([:])
        observer?.progress(Self.title, WorkProgress(total: programs.count))
        // gcc has a processor to itself; the rest of a change of variant is make, which is done by now.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, program) in programs.enumerated() {
                if index >= Self.compilers { try await group.next() }
                group.addTask {
                    let path = try await compile(
                        sources.appending(program.source),
                        program.name,
                        includes: includes
                    )
                    let count = compiled.withLock { compiled in
                        compiled[program.name] = path
                        return compiled.count
                    }
                    observer?.progress(
                        Self.title,
                        WorkProgress(done: count, total: programs.count, detail: program.name)
                    )
                }
            }
            try await group.waitForAll()
        }
        observer?.end(Self.title)
        return programs.compactMap { program in
            compiled.value[program.name].map {
                PlannedTest(
                    name: program.name,
                    timeout: program.timeout,
                    program: $0,
                    points: program.points,
                    known: program.witnesses(of: defects).mapValues(\.ofTree),
                    isBare: program.isBare
                )
            }
        }
    }

    /// Builds the tree's own KVM selftests.
    package func buildSelftests(_ tests: [GuestTests.Selftest], _ kernel: KernelBuild, headers: FilePath)
        async throws -> [PlannedTest]
    {
        guard !tests.isEmpty else { return [] }
        observer?.progress(Self.title, "the tree's own: \(tests.map(\.name).joined(separator: ", "))")
        defer { observer?.end(Self.title) }
        let built = try await kernel.buildSelftests(
            tests.map(\.name),
            headers: headers,
            into: folder.appending("kvm-selftests")
        )
        try built.result.requireMachine()
        return try tests.map { test in
            guard let program = built.programs[test.name] else {
                let error = built.result.errors.first.map { "\n\($0)" } ?? ""
                throw Failure(
                    .infrastructure,
                    "the tree's selftest \(test.name) does not build\(error)\nthe whole log: \(built.result.log)"
                )
            }
            return PlannedTest(
                name: test.name,
                timeout: test.timeout,
                program: program,
                points: [:],
                memoryMiB: test.memoryMiB,
                isUpstream: true,
                counter: test.counter
            )
        }
    }

    /// Packs an initramfs whose init runs the plan; the same inputs give the same bytes.
    ///
    /// - Parameters:
    ///   - name: tells it from other images of the folder.
    ///   - only: the programs run just the subtests that match this glob (Templates/guest/ktap.h).
    package func pack(
        _ name: String = "initramfs",
        initProgram: FilePath,
        _ plan: [PlannedTest],
        only glob: String? = nil
    ) throws -> FilePath {
        var archive = CpioArchive()
        for name in ["dev", "proc", "sys", "tmp", "tests"] {
            try archive.add(name, mode: 0o755, .directory)
        }
        // The kernel opens it for init before anything is mounted.
        try archive.add("dev/console", mode: 0o600, .characterDevice(major: 5, minor: 1))
        try archive.add("init", mode: 0o755, .file(try Files.read(initProgram)))
        let lines = plan.map { $0.planLine + "\n" }
        try archive.add("tests/plan", mode: 0o644, .file(Array(lines.joined().utf8)))
        for test in plan {
            try archive.add("tests/\(test.name)", mode: 0o755, .file(try Files.read(test.program)))
        }
        var shared: Set<FilePath> = []
        for test in plan {
            guard let unit = test.unit else { continue }
            let lines = unit.lines.map { $0 + "\n" }
            try archive.add("tests/\(test.name).args", mode: 0o644, .file(Array(lines.joined().utf8)))
            try unit.add(to: &archive, &shared)
        }
        let known = plan.flatMap { test in test.known.map { "\(test.name).\($0) \($1)\n" } }.sorted()
        try archive.add("tests/known", mode: 0o644, .file(Array(known.joined().utf8)))
        if let glob { try archive.add("tests/only", mode: 0o644, .file(Array("\(glob)\n".utf8))) }
        if plan.contains(where: { $0.counter != nil }) {
            try archive.add(
                String(PlannedTest.watcher.dropFirst()),
                mode: 0o755,
                .file(try Files.read(folder.appending("bin/exercised")))
            )
        }
        let path = folder.appending("\(name).cpio")
        try Files.write(archive.serialized(), to: path)
        return path
    }

    func compile(_ source: FilePath, _ name: String, includes: [FilePath]) async throws
        -> FilePath
    {
        let program = folder.appending("bin").appending(name)
        let stamp = FilePath(program.string + ".inputs")
        let inputs = try inputs(source, includes)
        // A stamp that can't be read only means work.
        if Files.exists(program), let known = try? Files.read(stamp), known == inputs { return program }
        unlink(stamp.string)
        let result = try await GuestCompiler.compileGuest(
            sources: [source],
            includes: includes,
            into: program
        )
        try result.requireMachine()
        guard result.isSuccess else {
            let errors = result.diagnostics.prefix(5).map {
                ([$0.description] + $0.context).joined(separator: "\n")
            }
            throw Failure(
                .user,
                (["the guest's \(name) does not compile"] + errors + ["the whole log: \(result.log)"])
                    .joined(separator: "\n")
            )
        }
        try Files.write(inputs, to: stamp)
        return program
    }

    /// What a program is made of. The kernel's headers count by their time: make only writes those that differ.
    private func inputs(_ source: FilePath, _ includes: [FilePath]) throws -> [UInt8] {
        var text = "\(GuestCompiler.options) \(source) \(includes)\n"
        var bytes = try Files.read(source)
        for include in includes {
            if include.starts(with: folder) {
                for name in try Files.names(in: include) where name.hasSuffix(".h") {
                    bytes += Array(name.utf8) + (try Files.read(include.appending(name)))
                }
            } else {
                for header in Self.kernelHeaders {
                    var status = Glibc.stat()
                    guard stat(include.appending(header).string, &status) == 0 else { continue }
                    text += "\(header) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)\n"
                }
            }
        }
        return Array(text.utf8) + Array(try ObjectID.ofBlob(bytes).description.utf8)
    }

    /// Those that a series can change and a test can see.
    private static let kernelHeaders = ["linux/kvm.h", "asm/kvm.h", "linux/psp-sev.h", "linux/userfaultfd.h"]
}

extension Defect {
    /// Behind an expected failure. No comma: the guest puts it among other words of a result line.
    fileprivate var ofTree: String { "the tree has \(setting) (\(points.joined(separator: " ")))" }
}
