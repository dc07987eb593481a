// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries
import SystemPackage

/// A rebase that waits for a person: what `--continue` needs.
///
/// It lies in `kpatch-gen/rebase/<branch>/` of the repository (a slash in the branch's name is `%2F`): the file `state`, and
/// for each stop a numbered folder with the files to fix, at their kernel paths. The state is replaced in one step, and
/// after the files.
struct RebaseState {
    struct File {
        /// The numbered folder.
        let stop: Int
        let key: String
        let path: String
    }

    let branch: String
    /// Where the branch was.
    let tip: ObjectID
    /// The last of its commits as generated.
    let generatedTip: ObjectID
    let onto: ObjectID
    let ontoName: String
    /// Where the series is, if the user said so.
    let series: String?
    let variant: String
    let settings: [Setting]
    let onUpstream: Series.OnUpstream?
    let templates: String
    /// How often it stopped.
    var stop = 0
    var files: [File] = []
    /// Where the branch is about to go: once it is there, this is done.
    var newTip: ObjectID?

    private static let title = "kpatch-gen rebase, format 1"

    /// The folder of a branch.
    ///
    /// Versions before this kept that of `a/b` in a folder `b` within that of `a`: it is put where it belongs.
    static func folder(_ repository: borrowing Repository, _ branch: String) throws -> FilePath {
        let all = FilePath(repository.commonDirectory).appending("kpatch-gen/rebase")
        let folder = all.appending(fileName(branch))
        let nested = all.appending(branch)
        // Within the folder of another branch may lie a kernel's file of that name.
        if branch.contains("/"), !Files.exists(folder), Files.exists(nested.appending("state")),
            let state = try? RebaseState(in: nested), state.branch == branch
        {
            try Files.rename(nested, to: folder)
        }
        return folder
    }

    /// A branch as one name in a folder: that of `a` must not be around that of `a/state`.
    static func fileName(_ branch: String) -> String {
        branch.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
    }

    /// The branches that have one.
    static func branches(_ repository: borrowing Repository) throws -> [String] {
        try repository.branchNames().filter { branch in
            Files.exists(try folder(repository, branch).appending("state"))
        }
    }

    /// Throws it away. The state goes first: to a state without its files it would look as if a person had removed
    /// them.
    static func remove(_ folder: FilePath) throws {
        try Files.remove(folder.appending("state"))
        try Files.remove(folder)
    }

    /// The file to fix.
    func path(_ file: File, in folder: FilePath) -> FilePath {
        folder.appending("\(file.stop)").appending(file.path)
    }

    /// Reads a branch's state; nil if there is none.
    init?(in folder: FilePath) throws {
        let path = folder.appending("state")
        guard Files.exists(path) else { return nil }
        let lines = String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n")
        var values: [Substring: [String]] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstRange(of: ": ") else { continue }
            values[line[..<colon.lowerBound], default: []].append(String(line[colon.upperBound...]))
        }
        func id(_ key: Substring) -> ObjectID? { values[key]?.first.flatMap { ObjectID(hex: $0) } }
        guard lines.first == Substring(Self.title), let branch = values["branch"]?.first, let tip = id("tip"),
            let generatedTip = id("generated"), let onto = id("onto"), let name = values["onto-name"]?.first,
            let variant = values["variant"]?.first, let templates = values["templates"]?.first,
            let stop = values["stop"]?.first.flatMap({ Int($0) })
        else {
            throw Failure(
                .tree,
                "\(path) can't be read: another version of kpatch-gen may have written it\nthrow the rebase away with --abort; the branch is as it was"
            )
        }
        self.branch = branch
        self.tip = tip
        self.generatedTip = generatedTip
        self.onto = onto
        self.ontoName = name
        series = values["series"]?.first
        self.variant = variant
        self.templates = templates
        self.stop = stop
        settings = (values["set"] ?? []).compactMap { try? Setting(parsing: $0) }
        onUpstream = values["on-upstream"]?.first.flatMap(Series.OnUpstream.init(rawValue:))
        for row in values["file"] ?? [] {
            // The key has blanks in it, the path may.
            let words = row.split(separator: "\t").map(String.init)
            guard words.count == 3, let stop = Int(words[0]) else { continue }
            files.append(File(stop: stop, key: words[2], path: words[1]))
        }
        newTip = id("new-tip")
    }

    init(
        _ branch: GeneratedBranch,
        onto: ObjectID,
        name: String,
        series: String?,
        _ selection: Selection,
        templates: String
    ) {
        self.branch = branch.name
        tip = branch.tip
        generatedTip = branch.generatedTip
        self.onto = onto
        ontoName = name
        self.series = series
        variant = selection.variant
        settings = selection.settings
        onUpstream = selection.onUpstream
        self.templates = templates
    }

    /// Replaces what is on the disk.
    func write(to folder: FilePath) throws {
        var lines = [Self.title, "branch: \(branch)", "tip: \(tip)", "generated: \(generatedTip)"]
        lines += ["onto: \(onto)", "onto-name: \(ontoName)", "variant: \(variant)"]
        if let series { lines.append("series: \(series)") }
        lines += settings.map { "set: \($0)" }
        if let onUpstream { lines.append("on-upstream: \(onUpstream.rawValue)") }
        lines += ["templates: \(templates)", "stop: \(stop)"]
        lines += files.map { "file: \($0.stop)\t\($0.path)\t\($0.key)" }
        if let newTip { lines.append("new-tip: \(newTip)") }
        try Files.makeFolder(folder)
        try Files.write(
            Array((lines.joined(separator: "\n") + "\n").utf8),
            to: folder.appending("state")
        )
    }

    /// Puts the files of one more stop where a person can fix them, then says so in the state.
    mutating func stop(at conflicts: [FileConflict], in folder: FilePath) throws {
        stop += 1
        // A run that was killed may have left some.
        try Files.remove(folder.appending("\(stop)"))
        for conflict in conflicts {
            let file = File(stop: stop, key: conflict.key, path: conflict.path)
            let path = path(file, in: folder)
            try Files.makeFolder(path.removingLastComponent())
            try Files.write(conflict.file.marked(conflict.labels), to: path)
            files.append(file)
        }
        try write(to: folder)
    }

    /// What was fixed so far.
    ///
    /// - Throws: if markers are left.
    func resolutions(in folder: FilePath) throws -> Resolutions {
        var result: Resolutions = [:]
        var left: [String] = []
        for file in files {
            let path = path(file, in: folder)
            guard Files.exists(path) else {
                result[file.key] = .some(nil)
                continue
            }
            let bytes = try Files.read(path)
            left += ConflictedFile.markers(in: bytes).map { "\(path):\($0)" }
            result[file.key] = .some(bytes)
        }
        let known = Set(files.map { path($0, in: folder) })
        var strange: [FilePath] = []
        for stop in Set(files.map(\.stop)).sorted() {
            let place = folder.appending("\(stop)")
            guard Files.exists(place) else { continue }
            let found = try FolderWalk(place, .series).contents()
            strange += found.keys.map { place.appending($0) }.filter { !known.contains($0) }
        }
        guard strange.isEmpty else {
            throw Failure(
                .tree,
                "there was no conflict in:\n"
                    + strange.map { "  \($0)" }.sorted().joined(separator: "\n")
                    + "\nthey would be lost: take them away, and commit them on the branch when the rebase is done"
            )
        }
        guard left.isEmpty else {
            throw Failure(
                .tree,
                "conflict markers are left:\n"
                    + left.map { "  \($0)" }.joined(separator: "\n")
                    + "\nedit the files, then continue; a file that you remove is deleted by the commit"
            )
        }
        return result
    }
}
