// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Generation
import Git
import Glibc
import Kernel
import PatchSeries
import TestReport
import VirtualMachine

/// Makes mutants of what a selection adds, and looks which of them the tests see.
package struct MutationRun {
    /// Which mutants.
    package struct Choice: Sendable {
        /// Empty for all.
        package var kinds: [CodeMutant.Kind] = []
        /// A glob over functions and files; nil for all.
        package var glob: String?
        /// Each so many-th alone, for a quick look.
        package var every = 1
        /// A variant: mutants that it has as well are left out, which its own run judges. Nil to leave out none.
        package var beyond: String?

        package init(kinds: [CodeMutant.Kind], glob: String?, every: Int, beyond: String?) {
            self.kinds = kinds
            self.glob = glob
            self.every = every
            self.beyond = beyond
        }
    }

    /// Which earlier verdicts count.
    package enum Memory: Sendable {
        /// None: each mutant is judged again.
        case nothing
        /// Those that the same tests gave.
        case verdicts
        /// Those, and that a mutant was caught by the tests as they were before: what is left is what may be missed.
        case catches
    }

    package let run: TestRun
    /// Runs of other profiles, for mutants that survive in `run`'s: some tests need one of their own.
    package let further: [TestRun]
    package let choice: Choice
    package let memory: Memory

    package init(run: TestRun, further: [TestRun], choice: Choice, memory: Memory) {
        self.run = run
        self.further = further
        self.choice = choice
        self.memory = memory
    }

    /// The mutants, unjudged.
    package func list(_ selection: Selection, on base: borrowing BaseCommit) throws -> MutationReport {
        let generation = try run.generate(selection, on: base)
        return report(try chosen(generation, of: selection, in: base).map { $0.row }, selection, base)
    }

    /// Judges every mutant that was not judged yet. Interrupted, it goes on where it was.
    package func report(_ selection: Selection, on base: borrowing BaseCommit) async throws -> MutationReport
    {
        let generation = try run.generate(selection, on: base)
        let candidates = try chosen(generation, of: selection, in: base)
        guard !candidates.isEmpty else {
            throw Failure(
                .user,
                "there is nothing to mutate: no mutant of what \(selection.summary) adds was chosen"
            )
        }
        var rows = try await run.maker.withLock {
            try await judge(candidates, run, generation, selection, base)
        }
        for other in further {
            let missed = rows.indices.filter { rows[$0].isMissed }
            guard !missed.isEmpty else { break }
            let generation = try other.generate(selection, on: base)
            let again = try await other.maker.withLock {
                try await judge(missed.map { candidates[$0] }, other, generation, selection, base)
            }
            for (index, var row) in zip(missed, again) where row.outcome?.isCatch == true {
                row.profile = other.maker.plan.profile.name
                rows[index] = row
            }
        }
        return report(rows, selection, base)
    }

    private func report(_ rows: [Mutation], _ selection: Selection, _ base: borrowing BaseCommit)
        -> MutationReport
    {
        MutationReport(
            tree: base.displayName,
            profile: run.maker.plan.profile.name,
            variant: selection.summary,
            mutations: rows,
            further: further.map(\.maker.plan.profile.name),
            beyond: choice.beyond
        )
    }

    // MARK: - What is changed

    private struct Candidate {
        var row: Mutation
        let mode: FileMode
        let bytes: [UInt8]

        /// What it does, wherever in the file.
        var change: [String] { [row.file, row.function, row.kind] + row.diff }
    }

    private func chosen(
        _ generation: GeneratedSeries,
        of selection: Selection,
        in base: borrowing BaseCommit
    ) throws -> [Candidate] {
        var all = try candidates(generation, in: base)
        if let name = choice.beyond {
            let other = try Selection(
                variant: name,
                settings: [],
                onUpstream: selection.onUpstream,
                of: run.bed.loaded.series
            )
            let known = Set(try candidates(try run.generate(other, on: base), in: base).map(\.change))
            all.removeAll { known.contains($0.change) }
        }
        return all.enumerated().filter { $0.offset % choice.every == 0 }.map(\.element)
    }

    private func candidates(_ generation: GeneratedSeries, in base: borrowing BaseCommit) throws
        -> [Candidate]
    {
        var all: [Candidate] = []
        let settled = generation.rendered.settled
        let wanted = run.bed.tests.planted.filter { settled.holds($0.condition) }
        // By index in `wanted`: that a file defines the function.
        var found: Set<Int> = []
        for change in try base.repository.diff(from: generation.baseTree, to: generation.tree)
        where change.path.hasSuffix(".c") && !change.path.hasPrefix("tools/")
            && !change.path.hasPrefix("samples/")
        {
            guard let new = change.new else { continue }
            let was =
                try change.old == nil ? [] : base.repository.read(change.path, of: generation.baseTree) ?? []
            let bytes = try base.repository.read(change.path, of: generation.tree) ?? []
            let source = try ParsedSource(bytes, language: .c)
            var mutants = source.mutants(of: try lineChanges(from: was, to: bytes).map(\.new))
            for (index, planted) in wanted.enumerated() {
                guard let mutant = try self.planted(planted, in: source, settled) else { continue }
                found.insert(index)
                mutants.append(mutant)
            }
            for mutant in mutants where includes(mutant, change.path) {
                let mutated = try source.text.applying([mutant.edit])
                var row = Mutation(
                    file: change.path,
                    function: mutant.function,
                    line: mutant.line,
                    kind: mutant.kind.rawValue,
                    was: [],
                    becomes: []
                )
                (row.was, row.becomes) = Self.lines(mutant.edit, source.text, mutated)
                row.argument = argument(row, settled)
                all.append(Candidate(row: row, mode: new.mode, bytes: mutated))
            }
        }
        if let lost = wanted.indices.first(where: { !found.contains($0) }) {
            throw Failure(
                .user,
                "\(wanted[lost].position): no C file that the patch changes defines \(settled.named(wanted[lost].function))()"
            )
        }
        return all
    }

    /// Nil where another file defines the function.
    private func planted(_ planted: GuestTests.Planted, in source: ParsedSource, _ settled: SettledSelection)
        throws -> CodeMutant?
    {
        do {
            return try source.mutant(
                in: settled.named(planted.function),
                planted.lines.map {
                    LineReplacement(was: settled.named($0.was), becomes: settled.named($0.becomes))
                }
            )
        } catch {
            throw Failure(.user, "\(planted.position): \(error)")
        }
    }

    private func includes(_ mutant: CodeMutant, _ path: String) -> Bool {
        guard choice.kinds.isEmpty || choice.kinds.contains(mutant.kind) else { return false }
        guard let glob = choice.glob else { return true }
        return fnmatch(glob, mutant.function, 0) == 0 || fnmatch(glob, path, 0) == 0
    }

    private func argument(_ row: Mutation, _ settled: SettledSelection) -> String? {
        run.bed.tests.equivalences.first {
            $0.kind.rawValue == row.kind && settled.holds($0.condition)
                && settled.named($0.function) == row.function
                && settled.named($0.was) == row.was.first.map { String($0.trimmed) }
                && ($0.becomes == nil
                    || $0.becomes.map(settled.named) == row.becomes.first.map { String($0.trimmed) })
        }?.because
    }

    /// The lines that an edit is in, before and after, without those that stay.
    private static func lines(_ edit: TextEdit, _ text: SourceText, _ mutated: [UInt8]) -> (
        [String], [String]
    ) {
        let start = text.lineStart(at: edit.range.lowerBound)
        let end = text.lineEnd(at: max(edit.range.upperBound - 1, edit.range.lowerBound))
        let newEnd = end + mutated.count - text.bytes.count
        var (old, new) = (lines(text.bytes[start..<end]), lines(mutated[start..<newEnd]))
        while let one = old.first, one == new.first {
            (old, new) = (Array(old.dropFirst()), Array(new.dropFirst()))
        }
        while let one = old.last, one == new.last { (old, new) = (old.dropLast(), new.dropLast()) }
        // What keeps the lines behind it in their places.
        while new.last?.trimmed.isEmpty == true { new.removeLast() }
        return (old, new)
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
        var lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }

    // MARK: - Judging

    private func judge(
        _ candidates: [Candidate],
        _ run: TestRun,
        _ generation: GeneratedSeries,
        _ selection: Selection,
        _ base: borrowing BaseCommit
    ) async throws -> [Mutation] {
        var store = TrialStore<Mutation>(run.maker.state, "mutation", tree: run.maker.tree)
        var rows: [Mutation] = []
        let tests = try run.testBytes()
        // Made when the first mutant needs it.
        var bench: Bench?
        // Where the first mutant with that code is in `rows`.
        var judged: [String: Int] = [:]
        for (index, candidate) in candidates.enumerated() {
            let tree = try base.repository.updateTree(
                generation.tree,
                edits: [
                    .upsert(
                        path: candidate.row.file,
                        blob: try base.repository.writeBlob(candidate.bytes),
                        mode: candidate.mode
                    )
                ]
            )
            let key = try run.key(tree, over: generation.baseTree, tests)
            let lastingKey = try run.key(tree, over: generation.baseTree)
            var row = candidate.row
            var note = "known"
            let known = known(store, key, lastingKey)
            if let known {
                (row.outcome, row.code, row.milliseconds) = (known.outcome, known.code, known.milliseconds)
            }
            // What was a duplicate of a mutant that isn't chosen now has no verdict of its own; nor has a file that this
            // kernel lacks, which is known for good.
            let isOrphan = row.outcome == nil && row.code.map { judged[$0] == nil } ?? false
            if known == nil || isOrphan {
                if bench == nil { bench = try await prepare(candidates, run, generation, selection, base) }
                let clock = ContinuousClock()
                let start = clock.now
                try await bench?.judge(&row, tree, base) { judged[$0] != nil }
                row.milliseconds = (clock.now - start).milliseconds
                note = (clock.now - start).inSeconds
                // Of which other it is a duplicate depends on what was chosen, so that isn't kept.
                try store.keep(row, as: key)
            }
            // Known under it as well, so that it outlives a change of the tests.
            if row.outcome?.isCatch == true, store[lastingKey] == nil { try store.keep(row, as: lastingKey) }
            if let code = row.code {
                if let first = judged[code] {
                    row.outcome = .duplicate(of: rows[first].name)
                    // What is argued of one holds for the other; what a test sees of one disproves both.
                    rows[first].argument = rows[first].argument ?? row.argument
                } else {
                    judged[code] = rows.count
                }
            }
            rows.append(row)
            run.maker.observer.note(
                "\(index + 1) of \(candidates.count): \(row.name): \(Self.word(row)) (\(note))"
            )
        }
        return rows
    }

    private func known(_ store: TrialStore<Mutation>, _ key: String, _ lastingKey: String) -> Mutation? {
        switch memory {
        case .nothing: nil
        case .verdicts: store[key]
        case .catches: store[key] ?? store[lastingKey]
        }
    }

    private static func word(_ row: Mutation) -> String {
        switch row.outcome {
        case .refused: "the compiler refuses it"
        case .same: "the same code"
        case .duplicate(let name): "the same code as \(name)"
        case .caught(let test, _): "caught by \(test)"
        case .survived: row.isMissed ? "MISSED" : "survived, as argued"
        case nil: "the kernel doesn't have that file"
        }
    }

    /// Builds the kernel as it is and sees all tests pass.
    private func prepare(
        _ candidates: [Candidate],
        _ run: TestRun,
        _ generation: GeneratedSeries,
        _ selection: Selection,
        _ base: borrowing BaseCommit
    ) async throws -> Bench {
        let prepared = try await run.prepare(base, generation)
        let outcome = try await run.judge(prepared, base, selection, generation)
        if outcome.report.results.contains(where: { $0.verdict == .infrastructure }) {
            throw Failure(.infrastructure, "there was no machine to run the tests on")
        }
        if let failure = outcome.report.failures.first {
            throw Failure(
                .verdict,
                "\(selection.summary) fails as it is, so that its mutants say nothing: \(failure.name)\nlook at it with: kpatch-gen test"
            )
        }
        let programs = Set(run.bed.tests.programs.map(\.name))
        if let silent = outcome.report.results.first(where: {
            programs.contains($0.name) && $0.verdict == .notExercised
        }) {
            throw Failure(
                .infrastructure,
                "\(silent.name) is not exercised here, so that it sees no mutant\(silent.reason.map { ": \($0)" } ?? "")"
            )
        }
        run.maker.observer.note("without a change: all pass")
        var kernel = try MutantKernel(run.maker, after: prepared.kernel)
        for file in Set(candidates.map(\.row.file)).sorted() {
            if let object = kernel.object(of: file) { try await kernel.note(object) }
        }
        return Bench(
            kernel: kernel,
            boots: prepared.boots,
            accelerator: try await prepared.boots.first?.machine.chooseAccelerator()
        )
    }
}

/// A kernel, and the machines that it is booted in.
private struct Bench {
    let kernel: MutantKernel
    let boots: [TestRun.Boot]
    /// Found out once, not by each boot.
    let accelerator: AcceleratorChoice?

    /// Finds the code of a mutant and what the tests make of it. Neither if the kernel doesn't have the file; the code
    /// alone if it is known.
    func judge(
        _ row: inout Mutation,
        _ tree: ObjectID,
        _ base: borrowing BaseCommit,
        isKnown: (String) -> Bool
    ) async throws {
        guard let object = kernel.object(of: row.file) else { return }
        switch try await kernel.compile(object, of: tree, on: base) {
        case .refused(let why): row.outcome = .refused(why)
        case .same: row.outcome = .same
        case .code(let code):
            let name = "\(object) \(code)"
            row.code = name
            guard !isKnown(name) else { return }
            try await kernel.link(tree, on: base)
            row.outcome = try await tested()
        }
    }

    private func tested() async throws -> Mutation.Outcome {
        for boot in boots {
            guard var caught = try await firstFailure(in: boot) else { continue }
            // A starved host makes tests late, too; what is wrong with the kernel shows once more.
            if caught.isLate {
                guard let again = try await firstFailure(in: boot) else { continue }
                caught = again
            }
            return .caught(by: caught.test, saying: caught.symptom)
        }
        return .survived
    }

    private struct FirstFailure: Sendable {
        let test: String
        let symptom: String
        /// Whether it says no more than that something took too long.
        let isLate: Bool
    }

    private static let lateKinds = [ConsoleEvent.Kind.lockup, .rcuStall, .hungTask].map(\.rawValue)

    /// Boots and ends the machine as soon as something fails.
    private func firstFailure(in boot: TestRun.Boot) async throws -> FirstFailure? {
        let first = Locked<FirstFailure?>(nil)
        let (failures, failed) = AsyncStream<Void>.makeStream()
        var machine = boot.machine
        machine.known = accelerator
        machine.onResult = { result, test in
            guard result.verdict.isBroken, result.verdict != .infrastructure else { return }
            let name = test.map { "\($0).\(result.name)" } ?? result.name
            let saying = result.diagnostics.first ?? result.reason ?? result.verdict.rawValue
            let isLate = result.verdict == .timedOut || saying.contains("no end after")
            first.withLock { $0 = $0 ?? FirstFailure(test: name, symptom: saying, isLate: isLate) }
            failed.finish()
        }
        let booted = machine
        let outcome = try await withThrowingTaskGroup(of: MachineRun.Outcome?.self) { group in
            group.addTask {
                defer { failed.finish() }
                let (outcome, lost) = try await booted.runInFreshMachines()
                guard lost.isEmpty else {
                    throw Failure(.infrastructure, "there was no machine to run the tests on")
                }
                return outcome
            }
            for await _ in failures {}
            if first.value != nil { group.cancelAll() }
            do {
                return try await group.next() ?? nil
            } catch {
                // Ended here, not by the user.
                guard first.value != nil, !Task.isCancelled else { throw error }
                return nil
            }
        }
        if let caught = first.value { return caught }
        return outcome?.findings.first { $0.verdict.isFailure }.map { finding in
            FirstFailure(
                test: finding.test ?? "the kernel",
                symptom: finding.title,
                isLate: Self.lateKinds.contains(finding.kind)
            )
        }
    }
}
