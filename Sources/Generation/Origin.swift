// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

/// What a commit was generated from, as its note says: lines `key: value`.
///
/// Git copies notes to amended commits where it is told to (notes.rewriteRef), and people copy and fetch them: a note
/// names the commit it was written for, which `proves(_:)` compares.
package struct Origin {
    package static let reference = "refs/notes/kpatch-gen"

    /// A site's lines in the file as its patch left it.
    package struct Site {
        /// Path of the kernel file.
        package let path: String
        /// From 0.
        package let lines: Range<Int>
        /// The marker's place: its line in the patch's template, from 1, or `path:line` below the series' folder.
        package let marker: String
        package let anchor: String
    }

    /// A patch's place among those that were generated together, from 1.
    package struct Place: Sendable, Equatable {
        package let number: Int
        package let count: Int

        package init(number: Int, count: Int) {
            self.number = number
            self.count = count
        }
    }

    package private(set) var series = ""
    /// The patch's folder.
    package private(set) var patch = ""
    package private(set) var variant = ""
    /// What was chosen on top of the variant, as for `--set`; nil in notes from before that was kept.
    package private(set) var settings: [Setting]?
    package private(set) var options: [String: String] = [:]
    package private(set) var pinned: [String: UInt64] = [:]
    package private(set) var onUpstream: Series.OnUpstream?
    /// The commit below the first patch; nil in notes from before that was kept.
    package private(set) var base: ObjectID?
    package private(set) var numbers: [String: UInt64] = [:]
    package private(set) var renames = Renames()
    package private(set) var sites: [Site] = []
    package private(set) var templates = ""
    /// The series' folder, as the templates' paths begin.
    private var folder = ""
    /// The commit that was generated; nil in notes from before that was kept.
    package private(set) var commit: ObjectID?
    private var tree: ObjectID?
    /// Its message, as the name of a blob.
    private var message: ObjectID?
    package private(set) var place: Place?

    package init(_ loaded: LoadedSeries, _ selection: Selection, _ generation: GeneratedSeries) {
        series = loaded.series.name
        folder = loaded.folder
        variant = selection.variant
        settings = [Setting](selection.changed)
        options = selection.options
        pinned = selection.pinned
        onUpstream = selection.onUpstream
        base = generation.base
        for answer in generation.rendered.facts.answers {
            if case .number(let number) = answer.value { numbers[answer.fact] = number }
        }
        renames = generation.rendered.renames
        templates = loaded.digest.description
    }

    /// The notes on the generated commits.
    package func notes(_ generation: GeneratedSeries) throws(GitError) -> [(commit: ObjectID, text: String)] {
        var notes: [(commit: ObjectID, text: String)] = []
        for (commit, patch) in zip(generation.commits, generation.rendered.patches) {
            let place = Place(number: notes.count + 1, count: generation.commits.count)
            notes.append((commit.id, try text(patch, commit, place)))
        }
        return notes
    }

    private func text(_ patch: RenderedPatch, _ commit: GeneratedCommit, _ place: Place) throws(GitError)
        -> String
    {
        func rows(_ key: String, _ values: [String: some Any]) -> [String] {
            values.sorted { $0.key < $1.key }.map { "\(key): \(Setting($0.key, "\($0.value)"))" }
        }
        var lines = ["series: \(series)", "patch: \(patch.folder)", "variant: \(variant)"]
        lines += rows("option", options) + rows("pinned", pinned)
        lines += (settings ?? []).map { "set: \($0)" }
        if let onUpstream { lines.append("on-upstream: \(onUpstream.rawValue)") }
        if let base { lines.append("base: \(base)") }
        lines += rows("number", numbers)
        lines += renames.paths.map { "path: \($0.from) \($0.to)" }
        lines += ["templates: \(templates)", "tool: \(Program.signature)"]
        lines += ["commit: \(commit.id)", "tree: \(commit.tree)"]
        lines += [
            "message: \(try ObjectID.ofBlob(Array(commit.message.utf8)))",
            "place: \(place.number)/\(place.count)",
        ]
        for file in patch.files {
            lines += file.sites.map {
                "site: \($0.body.lowerBound + 1)+\($0.body.count) \(file.path) \($0.marker(in: patch.folder, of: folder)) \($0.anchor)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads a note; nil if it is none of ours.
    package init?(note: String) {
        for line in note.split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else { continue }
            read(String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
        }
        guard !series.isEmpty, !patch.isEmpty, !variant.isEmpty else { return nil }
        // Notes with a base are those that list what was set, if only nothing.
        if base != nil, settings == nil { settings = [] }
    }

    /// Whether the commit is the one that was generated: that very one, or one with the same files and words, as
    /// another committer or date make it.
    package func proves(_ commit: Commit) throws(GitError) -> Bool {
        if commit.id == self.commit { return true }
        let words = try ObjectID.ofBlob(Array(commit.message.utf8))
        return commit.tree == tree && words == message
    }

    private mutating func read(_ key: String, _ value: String) {
        let setting = try? Setting(parsing: value)
        let words = value.split(separator: " ", maxSplits: 3).map(String.init)
        switch key {
        case "series": series = value
        case "patch": patch = value
        case "variant": variant = value
        case "set": settings = (settings ?? []) + [setting].compactMap { $0 }
        case "option": if let setting { options[setting.name] = setting.value }
        case "pinned": if let setting { pinned[setting.name] = UInt64(setting.value) }
        case "number": if let setting { numbers[setting.name] = UInt64(setting.value) }
        case "on-upstream": onUpstream = Series.OnUpstream(rawValue: value)
        case "base": base = ObjectID(hex: value)
        case "path" where words.count == 2: renames.paths.append((words[0], words[1]))
        case "templates": templates = value
        case "commit": commit = ObjectID(hex: value)
        case "tree": tree = ObjectID(hex: value)
        case "message": message = ObjectID(hex: value)
        case "place":
            let numbers = value.split(separator: "/").compactMap { Int($0) }
            if numbers.count == 2 { place = Place(number: numbers[0], count: numbers[1]) }
        case "site" where words.count == 4: if let site = Site(words) { sites.append(site) }
        // A newer version may say more.
        default: break
        }
    }
}

extension Origin {
    /// What `--set` would have to say for the same selection.
    package func settings(of series: Series) throws(SeriesError) -> [Setting] {
        let numbers = [Setting](pinned)
        if let settings { return settings + numbers }
        // An old note: what differs from the variant was set, or the variant was another one then.
        let plain = try Selection(variant: variant, settings: [], of: series)
        let changed = options.filter {
            plain.options[$0.key] != $0.value && plain.notApplicable[$0.key] == nil
        }
        return [Setting](changed) + numbers
    }
}

extension Origin.Site {
    fileprivate init?(_ words: [String]) {
        let numbers = words[0].split(separator: "+").compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] >= 0 else {
            return nil
        }
        self.init(
            path: words[1],
            lines: numbers[0] - 1..<numbers[0] - 1 + numbers[1],
            marker: words[2],
            anchor: words[3]
        )
    }
}

extension PlacedSite {
    /// What a note says of the marker's place.
    ///
    /// - Parameters:
    ///   - patch: the patch's folder.
    ///   - series: the series' folder, as the templates' paths begin.
    package func marker(in patch: String, of series: String) -> String {
        let path =
            template.path.hasPrefix(series + "/")
            ? template.path.dropFirst(series.count + 1) : template.path[...]
        return path.hasPrefix(patch + "/") ? "\(template.line)" : "\(path):\(template.line)"
    }
}
