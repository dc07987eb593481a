// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

/// Whatever is edited on a generated branch goes back into the templates, or is refused and nothing is written.
///
/// git says what the branch and the other variants are, before and after: nothing that absorb says is believed.
/// `KPATCH_SEED=n` replays the run whose seed a failure names; `KPATCH_EDITS=n` makes a longer one.
@Suite("absorb of random edits") struct RandomAbsorbTests {
    /// What became of the edits, for who reads the output.
    private struct Tally {
        /// By kind of edit: taken, and refused for which reason.
        var rows: [String: [String: Int]] = [:]
        var taken = 0
        var listed = 0
        var chosen = 0
        var refusals: [String] = []

        mutating func add(_ kind: String, _ end: String) { rows[kind, default: [:]][end, default: 0] += 1 }
    }

    @Test("each goes back to the byte, changes no other variant unseen, or is refused with nothing written")
    func edits() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["KPATCH_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
        let count = environment["KPATCH_EDITS"].flatMap { Int($0) } ?? 4
        var generator = SeededGenerator(seed: seed)
        let bench = try await AbsorbBench()
        var pairs = AbsorbBench.pairs
        // A short run stays on one branch: it is generated first, with what the other variants are there.
        if count < 20 { pairs = Array(pairs.shuffled(using: &generator)) }
        var generated: [AbsorbBench.Pair: AbsorbBench.Generated] = [:]
        var tally = Tally()
        var done = 0
        while done < count {
            let most = count < 20 ? 1 : pairs.count
            let pair = try #require(pairs.prefix(most).randomElement(using: &generator))
            if generated[pair] == nil {
                guard let made = try await bench.generate(pair) else {
                    // The variant has no place in that tree.
                    pairs.removeAll { $0 == pair }
                    continue
                }
                generated[pair] = made
            }
            guard let branch = generated[pair], let edit = BranchEdit(of: branch, &generator) else {
                continue
            }
            guard try await bench.commit(edit, on: branch) else { continue }
            done += 1
            try await judge(
                edit,
                branch,
                bench,
                &tally,
                "KPATCH_SEED=\(seed), edit \(done): \(pair), \(edit)"
            )
        }
        report(tally, done, seed)
        // Or nothing was tried.
        if count >= 20 { #expect(tally.taken * 2 > done) }
    }

    private func report(_ tally: Tally, _ done: Int, _ seed: UInt64) {
        print(
            "absorb: KPATCH_SEED=\(seed): \(done) edits, \(tally.taken) taken (\(tally.listed) of them with other variants listed, \(tally.chosen) by --prefer), \(done - tally.taken) refused"
        )
        for (kind, ends) in tally.rows.sorted(by: { $0.key < $1.key }) {
            let list = ends.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            print("absorb: \(kind): \(list.joined(separator: "; "))")
        }
        for line in tally.refusals { print("refused: \(line)") }
    }

    private func judge(
        _ edit: BranchEdit,
        _ branch: AbsorbBench.Generated,
        _ bench: AbsorbBench,
        _ tally: inout Tally,
        _ name: String
    ) async throws {
        let references = try await bench.references()
        let tip = try await bench.work.git("rev-parse", "b")
        var options: [String] = []
        var taken: Outcome?
        // Once more with what the refusal says, and once more for both of them.
        while taken == nil {
            let outcome = try await bench.absorb(options)
            guard outcome.status != 0 else {
                taken = outcome
                break
            }
            #expect(outcome.bytes.isEmpty, "\(name): \(outcome)")
            #expect(try await bench.templateChanges().isEmpty, "\(name): \(outcome)")
            #expect(try await bench.references() == references, "\(name): \(outcome)")
            if outcome.errors.contains("--others"), !options.contains("--others") {
                let others = branch.others.keys.filter { outcome.errors.contains("    \($0): ") }
                #expect(!others.isEmpty && outcome.errors.contains(" series/"), "\(name): \(outcome)")
                options.append("--others")
            } else if outcome.errors.contains("--prefer own"), !options.contains("--prefer") {
                // The edited place, and both that it could go to.
                #expect(Self.places(in: outcome.errors).count >= 3, "\(name): \(outcome)")
                options += ["--prefer", tip.hasPrefix("0") || tip.hasPrefix("a") ? "shared" : "own"]
            } else {
                let reason = Self.reason(outcome)
                #expect(reason != nil && (2...3).contains(outcome.status), "\(name): \(outcome)")
                tally.add(edit.kind.description, reason ?? "?")
                tally.refusals.append("\(name): \(outcome.errors.replacing("\n", with: " | "))")
                return
            }
        }
        guard let outcome = taken else { return }
        tally.taken += 1
        tally.add(edit.kind.description, "taken")
        if options.contains("--prefer") { tally.chosen += 1 }
        // The branch is what it was, and what the templates give now.
        #expect(try await bench.work.git("rev-parse", "b") == tip, "\(name)")
        let wanted = try await bench.commits("\(branch.base)..b")
        let made = try await bench.apply(branch.pair.variant, at: branch.base, as: "again")
        try #require(made, "\(name): the series can't be applied any more; \(outcome)")
        let found = try await bench.commits("\(branch.base)..again")
        #expect(found == wanted, "\(name): \(outcome)")
        // No line of the templates was touched but for those of the edit.
        let result = try outcome.json()
        if !result.objects("edits").contains(where: { $0.bool("isNewSite") ?? false }) {
            let (lines, own) = (try await bench.templateLines(), edit.lineCount)
            #expect(lines.added <= own.added && lines.removed <= own.removed, "\(name): \(lines), \(own)")
        }
        var hasListed = false
        for (variant, before) in branch.others.sorted(by: { $0.key < $1.key }) {
            let row = result.objects("others").first { $0.string("variant") == variant }
            let changes = try #require(row, "\(name): \(variant) is not in \(outcome)").strings("changes")
            let isPlaced = try await bench.apply(variant, at: branch.base, as: "other")
            try #require(isPlaced, "\(name): \(variant) has no place any more; \(outcome)")
            let after = try await bench.commits("\(branch.base)..other")
            #expect(changes.isEmpty == (before.commits == after), "\(name): \(variant): \(outcome)")
            #expect(changes.isEmpty || options.contains("--others"), "\(name): \(variant): \(outcome)")
            let paths = try await bench.work.git("diff", "--name-only", "--no-renames", before.tip, "other")
            for path in paths.split(separator: "\n") {
                let isListed = changes.contains { $0.hasSuffix(": \(path)") }
                #expect(isListed, "\(name): \(variant): \(path) is not in \(outcome)")
            }
            if !changes.isEmpty { hasListed = true }
        }
        if hasListed { tally.listed += 1 }
    }

    /// What looks like `path:line` in a text.
    private static func places(in text: String) -> Set<String> {
        Set(
            text.split(whereSeparator: \.isWhitespace).compactMap { word in
                let parts = word.split(separator: ":", omittingEmptySubsequences: false)
                return parts.count > 1 && Int(parts[1]) != nil ? "\(parts[0]):\(parts[1])" : nil
            }
        )
    }

    /// A word for why an edit was refused; nil for a message that doesn't say where.
    private static func reason(_ outcome: Outcome) -> String? {
        let text = outcome.errors
        let reasons = [
            ("stands for '", "another word in place of a name"),
            ("were broken anew", "a paragraph that is filled"),
            ("stands for nothing here", "a name that is empty"),
            ("was edited otherwise in another", "a template's line in two places"),
            ("belongs to one of", "two places"),
            ("it renders otherwise", "not the same when rendered"),
            ("can't be rendered", "can't be placed when rendered"),
            ("no anchor names the place", "no anchor"),
            ("has no place in", "another variant loses its place"),
            ("reads like one of a template", "reads like a template's"),
            ("can't be said with", "names can't say it"),
        ]
        guard let reason = reasons.first(where: { text.contains($0.0) }) else { return nil }
        let isPlaced =
            !places(in: text).isEmpty || text.contains("message.txt") || text.contains(".c")
            || text.contains(".h") || text.contains(".rst")
        return isPlaced ? reason.1 : nil
    }
}

/// Generated branches of the local trees, and a copy of the series whose templates may be edited.
private struct AbsorbBench {
    struct Pair: Hashable, CustomStringConvertible {
        let tree: String
        let variant: String

        var description: String { "\(variant) on \(tree)" }
    }

    /// A commit as git has it.
    struct Commit {
        let id: String
        let author: String
        let committer: String
        let message: String
        /// `mode id path`, or `D path`.
        let changes: [(mode: String, blob: String, path: String)]
        /// The lines that the patch gives each file, from 0.
        let added: [String: [Int]]
    }

    struct Generated {
        let pair: Pair
        let base: String
        let commits: [Commit]
        /// The other variants that have a place there: their commits, and the last one.
        let others: [String: (commits: String, tip: String)]
        /// What is there to restore before each edit.
        let references: String
        /// Files by commit and path.
        let texts: [String: String]

        func text(_ number: Int, _ path: String) -> String? { texts["\(number) \(path)"] }
    }

    static let pairs = KernelTree.series.flatMap { tree in
        Variant.all.map { Pair(tree: tree, variant: $0.name) }
    }

    let work: TreesLocal
    private let series: FilePath

    init() async throws {
        work = try await TreesLocal()
        series = work.world["series"]
        let share = try #require(World.share)
        try copyItem(FilePath(share).appending("Templates/kvm-sev-mirror"), to: series)
        _ = try await templates("init", "-q")
        _ = try await templates("add", "-A")
        _ = try await templates("commit", "-qm", "before")
    }

    // MARK: The templates

    /// git, on the templates; its folder is elsewhere, so that it is no part of the series.
    private func templates(_ arguments: String...) async throws -> String {
        let outcome = try await EndToEndTests.run(
            "git",
            ["--git-dir=\(work.world["series.git"])", "--work-tree=\(series)"] + arguments,
            in: series,
            environment: work.world.environment()
        )
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    func templateChanges() async throws -> String { try await templates("status", "--porcelain") }

    /// How many lines were edited.
    func templateLines() async throws -> (added: Int, removed: Int) {
        _ = try await templates("add", "-A")
        return Self.sum(try await templates("diff", "--cached", "--numstat"))
    }

    static func sum(_ numstat: String) -> (added: Int, removed: Int) {
        numstat.split(separator: "\n").reduce(into: (0, 0)) { sum, line in
            let numbers = line.split(separator: "\t").prefix(2).map { Int($0) ?? 0 }
            if numbers.count == 2 { sum = (sum.0 + numbers[0], sum.1 + numbers[1]) }
        }
    }

    // MARK: Branches

    func absorb(_ options: [String]) async throws -> Outcome {
        try await work.world.kpatchGen(
            ["absorb", "b", "--tree", work.path.string, "--series", "./series", "--format", "json"] + options
        )
    }

    /// Whether the series, as it is now, has a place there.
    func apply(_ variant: String, at base: String, as branch: String) async throws -> Bool {
        let outcome = try await work.run(
            "apply",
            "--series",
            "./series",
            "--variant",
            variant,
            "--base",
            base,
            "--branch",
            branch,
            "--force"
        )
        // Refused as merged, or for the tree.
        guard outcome.status == 0 || outcome.status == 3 else { throw SetupError("\(outcome)") }
        return outcome.status == 0
    }

    /// Trees and messages.
    func commits(_ range: String) async throws -> String {
        try await work.git("log", "--reverse", "--format=%T%n%an <%ae> %ad%n%B", "--date=raw", range)
    }

    func references() async throws -> String {
        try await work.git("for-each-ref", "refs/heads", "refs/notes", "refs/kpatch-gen")
    }

    /// The branch, and what other variants are on the same base; nil if the variant has no place there.
    func generate(_ pair: Pair) async throws -> Generated? {
        let base = try work.tag(pair.tree)
        try await restore("")
        var others: [String: (commits: String, tip: String)] = [:]
        guard try await apply(pair.variant, at: base, as: "b") else { return nil }
        let references = try await work.git(
            "for-each-ref",
            "--format=update %(refname) %(objectname)",
            "refs/heads",
            "refs/notes",
            "refs/kpatch-gen"
        )
        for variant in Variant.all.map(\.name) where variant != pair.variant {
            guard try await apply(variant, at: base, as: "other") else { continue }
            others[variant] = (try await commits("\(base)..other"), try await work.git("rev-parse", "other"))
        }
        var commits: [Commit] = []
        var texts: [String: String] = [:]
        let ids = try await work.git("rev-list", "--reverse", "\(base)..b").split(separator: "\n")
        for (number, id) in ids.map(String.init).enumerated() {
            let commit = try await commit(id)
            commits.append(commit)
            for change in commit.changes where change.mode.hasPrefix("100") {
                texts["\(number) \(change.path)"] = try await blob(change.blob)
            }
        }
        return Generated(
            pair: pair,
            base: base,
            commits: commits,
            others: others,
            references: references,
            texts: texts
        )
    }

    private func blob(_ id: String) async throws -> String {
        let outcome = try await EndToEndTests.run(
            "git",
            ["cat-file", "blob", id],
            in: work.path,
            environment: work.world.environment()
        )
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        return outcome.output
    }

    private func commit(_ id: String) async throws -> Commit {
        let raw = try await work.git("cat-file", "commit", id)
        func header(_ name: String) throws -> String {
            String(try #require(raw.split(separator: "\n").first { $0.hasPrefix("\(name) ") }))
        }
        let end = try #require(raw.firstRange(of: "\n\n")).upperBound
        let rows = try await work.git("diff-tree", "-r", "--no-commit-id", "--no-renames", "--raw", id)
        let changes = rows.split(separator: "\n").map { row in
            let fields = row.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            return (mode: fields[4] == "D" ? "D" : fields[1], blob: fields[3], path: fields[5])
        }
        var added: [String: [Int]] = [:]
        var path = ""
        let diff = try await work.git("diff-tree", "-p", "-U0", "--no-commit-id", "--no-renames", id)
        for line in diff.split(separator: "\n") {
            if line.hasPrefix("+++ b/") {
                path = String(line.dropFirst(6))
            } else if line.hasPrefix("@@ ") {
                // @@ -1,2 +3,4 @@
                let place = line.split(separator: " ")[2].dropFirst().split(separator: ",").map {
                    Int($0) ?? 0
                }
                let count = place.count > 1 ? place[1] : 1
                added[path, default: []] += (0..<count).map { place[0] - 1 + $0 }
            }
        }
        return Commit(
            id: id,
            author: try header("author"),
            committer: try header("committer"),
            message: String(raw[end...]) + "\n",
            changes: changes,
            added: added
        )
    }

    /// Puts references and templates back.
    private func restore(_ references: String) async throws {
        try write(references + "\n", to: work.world["references"])
        let outcome = try await work.world.shell(
            """
            set -e
            git -C "$1" for-each-ref --format='delete %(refname)' refs/heads refs/notes refs/kpatch-gen | \\
                git -C "$1" update-ref --stdin
            grep . references | git -C "$1" update-ref --stdin
            export GIT_DIR="$2/series.git" GIT_WORK_TREE="$2/series"
            git checkout -q HEAD -- . && git clean -qfd && git reset -q
            """,
            work.path.string,
            work.world.root.string
        )
        guard outcome.status == 0 || references.isEmpty else { throw SetupError("\(outcome)") }
    }

    /// Has a branch's commit amended, and those behind it put on top of it.
    ///
    /// - Returns: false if that isn't possible without a conflict.
    func commit(_ edit: BranchEdit, on branch: Generated) async throws -> Bool {
        try await restore(branch.references)
        var stream = ""
        var text = edit.text
        var parent = "from \(try await work.git("rev-parse", "\(branch.commits[edit.commit].id)^"))"
        for number in edit.commit..<branch.commits.count {
            let commit = branch.commits[number]
            let message = number == edit.commit ? edit.message ?? commit.message : commit.message
            stream += "commit refs/heads/b\nmark :\(number + 1)\n\(commit.author)\n\(commit.committer)\n"
            stream += "data \(message.utf8.count)\n\(message)\n\(parent)\n"
            for change in commit.changes where change.path != edit.path {
                stream +=
                    change.mode == "D"
                    ? "D \(change.path)\n" : "M \(change.mode) \(change.blob) \(change.path)\n"
            }
            if let path = edit.path {
                if number > edit.commit, let later = branch.text(number, path) {
                    guard let old = try lastText(of: path, before: number, branch, edit),
                        let merged = try await merged(text, old, later)
                    else { return false }
                    text = merged
                }
                stream += "M \(edit.mode) inline \(path)\ndata \(text.utf8.count)\n\(text)\n"
            }
            parent = "from :\(number + 1)"
        }
        try write(stream + "done\n", to: work.world["stream"])
        let outcome = try await work.world.shell(
            "git -C \"$1\" fast-import --quiet --force --done <stream",
            work.path.string
        )
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        return true
    }

    private func lastText(of path: String, before number: Int, _ branch: Generated, _ edit: BranchEdit) throws
        -> String?
    {
        for other in (edit.commit..<number).reversed() {
            if let text = branch.text(other, path) { return text }
        }
        return edit.before
    }

    private func merged(_ ours: String, _ old: String, _ theirs: String) async throws -> String? {
        for (name, text) in [("ours", ours), ("old", old), ("theirs", theirs)] {
            try write(text, to: work.world["merge-\(name)"])
        }
        let outcome = try await work.world.shell("git merge-file -p merge-ours merge-old merge-theirs")
        return outcome.status == 0 ? outcome.output : nil
    }
}

/// What a person may do to a commit of a branch.
private struct BranchEdit: CustomStringConvertible {
    enum Kind: CaseIterable, CustomStringConvertible {
        case word, insertion, deletion, copy, swap, spaces, block, move, two, message, tree, other

        var description: String {
            switch self {
            case .word: "a word changed"
            case .insertion: "a line added"
            case .deletion: "a line deleted"
            case .copy: "a line doubled"
            case .swap: "two lines swapped"
            case .spaces: "white space changed"
            case .block: "lines replaced by others"
            case .move: "lines moved"
            case .two: "two places edited"
            case .message: "the message edited"
            case .tree: "a line of the tree edited"
            case .other: "crude: any line deleted"
            }
        }
    }

    let kind: Kind
    let commit: Int
    /// nil for the message.
    let path: String?
    let mode: String
    let before: String
    let text: String
    let message: String?
    private let line: Int

    var description: String {
        "\(kind) in \(path ?? "the message") near line \(line + 1) of patch \(commit + 1)"
    }

    /// An edit that changes something; nil if this throw of the dice gives none.
    init?(of branch: AbsorbBench.Generated, _ generator: inout SeededGenerator) {
        guard let kind = Kind.allCases.randomElement(using: &generator) else { return nil }
        let number = Int.random(in: 0..<branch.commits.count, using: &generator)
        let commit = branch.commits[number]
        self.kind = kind
        self.commit = number
        if kind == .message {
            var lines = commit.message.split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init
            )
            let line = Int.random(in: 0..<lines.count - 1, using: &generator)
            let kinds: [Kind] = [.word, .word, .insertion, .deletion]
            guard let one = kinds.randomElement(using: &generator),
                Self.edit(&lines, at: line, one, "msg", &generator)
            else { return nil }
            let text = lines.joined(separator: "\n")
            // As git would leave it.
            guard text != commit.message, let first = lines.first, !first.isEmpty, lines.count > 2,
                lines[1].isEmpty, !text.contains("\n\n\n"), !text.hasSuffix("\n\n"), text.hasSuffix("\n")
            else { return nil }
            (path, mode, before, self.text, message, self.line) = (nil, "", commit.message, text, text, line)
            return
        }
        let choices = commit.added.filter { !$0.value.isEmpty }.map(\.key).sorted()
        guard let path = choices.randomElement(using: &generator), let before = branch.text(number, path),
            let added = commit.added[path], let change = commit.changes.first(where: { $0.path == path }),
            let place = added.randomElement(using: &generator)
        else { return nil }
        var lines = before.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var line = place
        let suffix = path.split(separator: ".").last.map(String.init) ?? ""
        switch kind {
        case .tree:
            // Near what the patch has, or anywhere.
            let isNear = Bool.random(using: &generator)
            line =
                isNear
                ? place + Int.random(in: -6...6, using: &generator)
                : Int.random(in: 0..<lines.count, using: &generator)
            guard lines.indices.contains(line), !added.contains(line) else { return nil }
            let kinds: [Kind] = [.word, .insertion, .deletion]
            guard let one = kinds.randomElement(using: &generator),
                Self.edit(&lines, at: line, one, suffix, &generator)
            else { return nil }
        case .two:
            guard let other = added.randomElement(using: &generator), abs(other - line) > 3 else {
                return nil
            }
            // From below, so that the upper place stays where it is.
            for one in [max(line, other), min(line, other)] {
                let kinds: [Kind] = [.word, .insertion, .deletion, .spaces]
                guard let kind = kinds.randomElement(using: &generator),
                    Self.edit(&lines, at: one, kind, suffix, &generator)
                else { return nil }
            }
        default:
            guard Self.edit(&lines, at: line, kind, suffix, &generator) else { return nil }
        }
        let text = lines.joined(separator: "\n")
        guard text != before else { return nil }
        self.path = path
        mode = change.mode
        (self.before, self.text, message, self.line) = (before, text, nil, line)
    }

    /// How many lines it adds and removes, at most.
    var lineCount: (added: Int, removed: Int) {
        let old = before.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = new.difference(from: old)
        return (difference.insertions.count, difference.removals.count)
    }

    private static func edit(
        _ lines: inout [String],
        at line: Int,
        _ kind: Kind,
        _ suffix: String,
        _ generator: inout SeededGenerator
    ) -> Bool {
        guard lines.indices.contains(line), line + 1 < lines.count else { return false }
        let own = lines[line]
        let indent = String(own.prefix { $0 == "\t" || $0 == " " })
        let mark = Int.random(in: 100..<1000, using: &generator)
        func statement(_ number: Int) -> String {
            switch suffix {
            case "c":
                indent.isEmpty ? "/* by hand \(number) */" : "\(indent)pr_debug(\"by hand \(number)\\n\");"
            case "h": "\(indent)/* by hand \(number) */"
            default: "\(indent)By hand \(number)."
            }
        }
        switch kind {
        case .word:
            let words = own.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
            guard let word = words.filter({ $0.count > 1 }).randomElement(using: &generator) else {
                return false
            }
            let new = Int(word).map { String($0 + 1) } ?? "\(word)_\(mark)"
            lines[line].replaceSubrange(word.startIndex..<word.endIndex, with: new)
        case .insertion: lines.insert(statement(mark), at: line + Int.random(in: 0...1, using: &generator))
        case .deletion:
            guard isPlain(own) else { return false }
            lines.remove(at: line)
        case .copy:
            guard isPlain(own) else { return false }
            lines.insert(own, at: line)
        case .swap:
            guard isPlain(own), isPlain(lines[line + 1]), own != lines[line + 1] else { return false }
            lines.swapAt(line, line + 1)
        case .spaces:
            guard !own.isEmpty else { return false }
            lines[line] = Bool.random(using: &generator) ? "\t" + own : own + " "
        case .block:
            let count = Int.random(in: 2...4, using: &generator)
            guard line + count < lines.count, lines[line..<line + count].allSatisfy(isPlain) else {
                return false
            }
            let new = (0..<Int.random(in: 1...3, using: &generator)).map { statement(mark + $0) }
            lines.replaceSubrange(line..<line + count, with: new)
        case .move:
            let distance = Int.random(in: 2...6, using: &generator)
            guard line + distance + 1 < lines.count, lines[line...line + distance].allSatisfy(isPlain) else {
                return false
            }
            lines.remove(at: line)
            lines.insert(own, at: line + distance)
        case .other: lines.remove(at: line)
        case .two, .message, .tree: return false
        }
        return true
    }

    /// A line that can go without breaking what is around it.
    private static func isPlain(_ line: String) -> Bool {
        line.count { $0 == "(" } == line.count { $0 == ")" } && !line.contains { "{}#*\"".contains($0) }
            && !line.hasSuffix("\\") && !line.hasSuffix(",")
    }
}
