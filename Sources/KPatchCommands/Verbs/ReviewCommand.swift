// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Importing
import Kernel
import PatchSeries
import SystemPackage

struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Takes the answers to a series into its review.",
        subcommands: [ReviewImportCommand.self]
    )
}

struct ReviewImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Writes the answers of a thread down as review.yml.",
        discussion: """
            Each paragraph of an answer is a point, with who said it, in which message, and the patch, file, function and \
            line that was quoted above it; what others answered stands below it. Quoted text is not repeated. Trailers such \
            as Reviewed-by are collected where people gave them for themselves. A diff in an answer becomes an option, \
            diff-N, where it has a place in the patch (--tree): --set diff-N=taken puts it in, with the credit.

            What a point means, and what becomes of it, is for a person to write.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "An mbox with the patches and their answers, as b4 mbox gets it, or the text of a Patchwork page.",
            valueName: "mbox"
        ),
        completion: .file()
    )
    var source: String

    @OptionGroup var series: SeriesArguments

    @Option(
        name: .long,
        help: ArgumentHelp("The variant that was posted. (default: what the series says)", valueName: "name"),
        completion: .variants
    )
    var variant: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A kernel that the series has a place in, to try the diffs there: a git repository or a local tree such as 5.10.",
            valueName: "path|name"
        ),
        completion: .trees
    )
    var tree: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The commit of that kernel. (default: HEAD, or the tree's tag)",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var base: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The folder to write to. (default: the series')", valueName: "folder"),
        completion: .directory
    )
    var output: String?

    @OptionGroup var format: FormatArguments

    func validate() throws {
        if base != nil, tree == nil { throw ValidationError("--base is a commit of the --tree") }
    }

    func run() async throws {
        let loaded = try series.load()
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        let thread = try await ReviewThread.read(FilePath(source), temporary: state.temporary)
        for note in thread.notes { Terminal.note("note: \(note)") }
        var review = try ReviewImport(
            thread,
            source: FilePath(source).lastComponent?.string ?? source,
            loaded
        )
        if let tree { try placeDiffs(&review, tree, loaded) }
        for note in review.review.notes { Terminal.note("note: \(note)") }
        let folder = try output.map { FilePath($0) } ?? loaded.project.series(series.series)
        try review.write(to: folder, isOfSeries: output == nil)
        let result = ReviewOutput(review, folder)
        try format.format.print(text: result.text, json: result)
    }

    private func placeDiffs(_ review: inout ReviewImport, _ tree: String, _ loaded: LoadedSeries) throws {
        guard let variant = variant ?? loaded.series.posted else {
            throw Failure(.user, "\(loaded.folder) doesn't say which variant was posted\nname it: --variant")
        }
        let open = try TreeArguments.openInMemory(tree, base: base)
        let selection = try Selection(variant: variant, settings: [], of: loaded.series)
        try review.placeDiffs(selection, on: open.base)
    }
}

/// What `review import --format json` writes.
struct ReviewOutput: Encodable {
    struct Remark: Encodable {
        let who: String
        /// From 1, in the order of the thread.
        let message: Int
        let says: String
    }
    struct Point: Encodable {
        let name: String
        let who: String
        let message: Int
        let says: String
        let patch: String?
        let file: String?
        let function: String?
        let line: Int?
        let quote: String?
        let debate: [Remark]
    }
    struct Diff: Encodable {
        let message: Int
        let who: String
        let setting: String?
        let files: [String]
        let reason: String?
    }

    let folder: String
    let files: [String]
    /// Answers in the thread.
    let messages: Int
    let points: [Point]
    let tags: [String]
    let diffs: [Diff]

    init(_ made: ReviewImport, _ folder: FilePath) {
        let review = made.review
        func patch(_ number: Int) -> String? { number < made.folders.count ? made.folders[number] : nil }
        self.folder = folder.string
        files = made.files.keys.sorted()
        messages = review.thread.answers.count
        points = review.points.enumerated().map { index, point in
            Point(
                name: ReviewImport.name(ofPoint: index),
                who: point.remark.who.onOneLine,
                message: point.remark.message,
                says: point.remark.says,
                patch: point.place.flatMap { patch($0.patch) },
                file: point.place?.file.onOneLine,
                function: point.place?.function?.onOneLine,
                line: point.place?.line,
                quote: point.place?.quote,
                debate: point.debate.map {
                    Remark(who: $0.who.onOneLine, message: $0.message, says: $0.says)
                }
            )
        }
        tags = review.tags.map { tag in
            let patch = tag.patch.flatMap(patch).map { "\($0): " } ?? ""
            return "\(patch)\(tag.text)"
        }
        diffs = made.diffs.map {
            Diff(
                message: $0.message,
                who: $0.who.onOneLine,
                setting: $0.setting.map { "\($0)" },
                files: $0.paths,
                reason: $0.reason
            )
        }
    }

    var text: [String] {
        var lines = tags
        lines += diffs.map { diff in
            let what = "message \(diff.message), \(diff.who)'s diff"
            if let setting = diff.setting {
                return "\(what): --set \(setting) (\(diff.files.joined(separator: ", ")))"
            }
            return "\(what): has no place: \(diff.reason ?? "")"
        }
        let remarks = points.flatMap(\.debate)
        let people = Set(points.map(\.who) + remarks.map(\.who)).count
        let places = points.count { $0.file != nil }
        lines.append(
            "\(folder): \(counted(points.count, "point")) and \(counted(remarks.count, "remark")) of \(counted(people, "person", "people")) in \(counted(messages, "message")); \(places) with a place, \(counted(tags.count, "tag"))"
        )
        return lines
    }
}
