// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Generation
import Git
import PatchSeries
import SystemPackage

/// A thread written down as the review of a series: review.yml, and an option for each diff that has a place.
package struct ReviewImport {
    /// What became of a diff that somebody wrote into an answer.
    package struct Diff {
        package let message: Int
        package let who: String
        /// What puts it into the patch; nil if it has no place.
        package let setting: Setting?
        package let paths: [String]
        /// Why it has no place.
        package let reason: String?
    }

    package let review: FoundReview
    package private(set) var diffs: [Diff] = []
    /// The folder of each patch of the thread; the subject of one that the series doesn't have.
    package private(set) var folders: [String]
    private let source: String
    private let loaded: LoadedSeries
    /// Files of options, by their paths below the series' folder.
    private var fragments: [String: [UInt8]] = [:]
    /// Points that an option answers.
    private var answered: Set<Int> = []

    /// - Parameters:
    ///   - source: what the user called the thread.
    ///   - loaded: the series that it is about.
    package init(_ thread: ReviewThread, source: String, _ loaded: LoadedSeries) throws {
        review = try FoundReview(thread)
        self.source = source
        self.loaded = loaded
        folders = Self.folders(thread, loaded, loaded.series.patches.map(\.folder))
        diffs = review.diffs.map { Self.missed($0, "name a tree to have it placed: --tree") }
    }

    /// All files, by their paths below the series' folder.
    package var files: [String: [UInt8]] {
        let text = ReviewText(review, folders: folders, answered: answered).text(source: source)
        return fragments.merging(["review.yml": Array(text.utf8)]) { $1 }
    }

    /// Gives each diff its place in a selection of the series on a tree.
    ///
    /// - Parameter base: keeps new objects in memory.
    package mutating func placeDiffs(_ selection: Selection, on base: borrowing BaseCommit) throws {
        let generated = try base.generate(loaded, selection)
        folders = Self.folders(review.thread, loaded, generated.commits.map(\.folder))
        diffs = []
        for diff in review.diffs {
            try Task.checkCancellation()
            do {
                diffs.append(try place(diff, selection, generated, base))
            } catch let error as InlineDiff.Misplaced {
                diffs.append(Self.missed(diff, error.reason))
            } catch let error as ImportError where error.kind == .source {
                diffs.append(Self.missed(diff, error.description.onOneLine))
            } catch {
                throw error
            }
        }
    }

    private static func missed(_ diff: FoundReview.Diff, _ reason: String) -> Diff {
        Diff(message: diff.message, who: diff.who, setting: nil, paths: [], reason: reason)
    }

    private mutating func place(
        _ diff: FoundReview.Diff,
        _ selection: Selection,
        _ generated: GeneratedSeries,
        _ base: borrowing BaseCommit
    ) throws -> Diff {
        guard diff.patch < folders.count,
            let number = generated.commits.firstIndex(where: { $0.folder == folders[diff.patch] })
        else { throw InlineDiff.Misplaced("the patch that it is about is not in the series") }
        let option = name(of: diff)
        guard !loaded.series.options.contains(where: { $0.name == option }) else {
            throw InlineDiff.Misplaced("the series has an option \(option) already")
        }
        let commit = generated.commits[number]
        let trees = (
            before: number > 0 ? generated.commits[number - 1].tree : generated.baseTree, after: commit.tree
        )
        let placed = try InlineDiff(diff, in: base.repository, trees: trees)
        let folder = "decisions/\(option)/taken/\(commit.folder)"
        var added: [String: [UInt8]] = [:]
        for file in placed.files {
            guard let template = try SiteFinder.template(from: file.before, to: file.after, at: file.path)
            else {
                throw InlineDiff.Misplaced("no anchor names its place in \(file.path)")
            }
            added["\(folder)/\(file.path)"] = template
        }
        let message = generated.rendered.patches[number].message
        let credit = try credit(diff, message)
        added["\(folder)/message.txt"] = credit
        // Points are named anew, which a series with a review of its own doesn't know.
        let point = loaded.files["review.yml"] == nil ? diff.point : nil
        let manifest = "decisions/\(option)/option.yml"
        added[manifest] = Array(Self.option(diff, nil).utf8)
        do {
            try check(added, placed, commit.folder, Setting(option, "taken"), selection, base)
        } catch let error as InlineDiff.Misplaced {
            // A message of its own, which only the posted patch has, takes no fragment.
            guard credit != nil else { throw error }
            added["\(folder)/message.txt"] = nil
            try check(added, placed, commit.folder, Setting(option, "taken"), selection, base)
        } catch {
            throw error
        }
        added[manifest] = Array(Self.option(diff, point).utf8)
        fragments.merge(added) { $1 }
        if let point { answered.insert(point) }
        return Diff(
            message: diff.message,
            who: diff.who,
            setting: Setting(option, "taken"),
            paths: placed.files.map(\.path),
            reason: nil
        )
    }

    /// `diff-24`; `diff-24-2` for the second one of that message.
    private func name(of diff: FoundReview.Diff) -> String {
        let count = diffs.count { $0.message == diff.message }
        return count == 0 ? "diff-\(diff.message)" : "diff-\(diff.message)-\(count + 1)"
    }

    /// A fragment of the message that says whose idea the diff was, and that nobody has signed the patch with it: nil
    /// where there is nothing to say.
    private func credit(_ diff: FoundReview.Diff, _ message: [UInt8]) throws -> [UInt8]? {
        let signed = "Signed-off-by: "
        let suggested = "Suggested-by: "
        let mails = review.thread.answers + review.thread.posted
        let email = mails.lazy.filter { $0.name == diff.who }.compactMap(\.email).first
        let trailer = email.map { "\(suggested)\(diff.who.onOneLine) <\($0.onOneLine)>" }
        var lines = String(decoding: message, as: UTF8.self).lines.map(String.init)
        let last = lines.lastIndex { $0.hasPrefix(signed) }
        for index in lines.indices where lines[index].hasPrefix(signed) {
            lines[index] = suggested + lines[index].dropFirst(signed.count)
        }
        if let trailer, !lines.contains(trailer) {
            if let last {
                lines.insert(trailer, at: last + 1)
            } else {
                while lines.last?.isEmpty ?? false { lines.removeLast() }
                lines += ["", trailer, ""]
            }
        }
        let text = Array(lines.joined(separator: "\n").utf8)
        return text == message ? nil : try SiteFinder.template(from: message, to: text, at: "message.txt")
    }

    private static func option(_ diff: FoundReview.Diff, _ point: Int?) -> String {
        let quoted = SeriesHead.quoted
        let what = "what \(diff.who.onOneLine) proposed in message \(diff.message)"
        var lines = [
            "# SPDX-License-Identifier: GPL-2.0-only", "",
            "summary: \(quoted("Whether the patch has \(what)"))",
        ]
        if let point { lines.append("points: [\(ReviewText.name(point))]") }
        lines += [
            "default: posted", "posted: posted", "values:", "  posted: \(quoted("Leave out \(what)"))",
            "  taken:", "    is: \(quoted("Take \(what)"))",
        ]
        if let point { lines.append("    answers: [\(ReviewText.name(point))]") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Renders the series with the value and compares.
    private func check(
        _ added: [String: [UInt8]],
        _ placed: InlineDiff,
        _ folder: String,
        _ setting: Setting,
        _ selection: Selection,
        _ base: borrowing BaseCommit
    ) throws {
        let files = loaded.files.merging(added) { $1 }
        let rendered: RenderedSeries
        do {
            let series = try SeriesReader(files: files, root: loaded.folder).read()
            let changed = [Setting](selection.changed)
            let selection = try Selection(
                variant: selection.variant,
                settings: changed + [setting],
                of: series
            )
            rendered = try series.render(selection) { path in try base.repository.read(path, of: base.tree) }
        } catch let error as SeriesError {
            let first = error.diagnostics.first
            throw InlineDiff.Misplaced(first.map { "\($0.file):\($0.line): \($0.message)" } ?? "\(error)")
        } catch {
            throw error
        }
        guard let patch = rendered.patches.first(where: { $0.folder == folder }) else {
            throw InlineDiff.Misplaced("the patch is left out with it")
        }
        for file in placed.files {
            guard patch.files.first(where: { $0.path == file.path })?.bytes == file.after else {
                throw InlineDiff.Misplaced("its fragment makes something else of \(file.path)")
            }
        }
    }

    /// By the mails that the series knows, else by their order.
    private static func folders(_ thread: ReviewThread, _ loaded: LoadedSeries, _ chosen: [String])
        -> [String]
    {
        let patches = loaded.series.patches
        return thread.posted.enumerated().map { index, mail in
            if let id = mail.messageID, let patch = patches.first(where: { $0.messageID == id }) {
                return patch.folder
            }
            return chosen.count == thread.posted.count ? chosen[index] : mail.subject.onOneLine
        }
    }

    /// What a point is called in review.yml, by its index.
    package static func name(ofPoint index: Int) -> String { ReviewText.name(index) }

    // MARK: Writing

    /// Writes all files below a folder, or none.
    ///
    /// - Parameter isOfSeries: whether the folder is the series' own: then it has to be a series with them.
    package func write(to folder: FilePath, isOfSeries: Bool) throws {
        let files = files
        for path in files.keys.sorted() where Files.exists(folder.appending(path)) {
            throw ImportError(
                .output,
                "\(folder.appending(path)) exists already; nothing was written\nname another folder with --output, or remove it"
            )
        }
        if isOfSeries {
            _ = try SeriesReader(files: loaded.files.merging(files) { $1 }, root: loaded.folder).read()
        }
        // The review last: without it there is none.
        let order = files.keys.sorted { ($0 == "review.yml" ? 1 : 0, $0) < ($1 == "review.yml" ? 1 : 0, $1) }
        var written: [FilePath] = []
        do {
            for path in order {
                let file = folder.appending(path)
                try Files.makeFolder(file.removingLastComponent())
                written.append(file)
                try Files.write(files[path] ?? [], to: file)
            }
        } catch {
            for file in written { try? Files.remove(file) }
            throw error
        }
    }
}
