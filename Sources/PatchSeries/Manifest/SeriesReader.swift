// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// Reads a series from the bytes of its folder.
public struct SeriesReader {
    /// Bytes of a file: a template that people can read has a hundredth.
    private static let sizeLimit = 1 << 20

    /// Files of the series by their path relative to its folder.
    private let files: [String: [UInt8]]
    /// The folder as the user knows it.
    private let root: String

    public init(files: [String: [UInt8]], root: String) {
        self.files = files
        self.root = root
    }

    /// Options, variants, names, facts, patches and quirks of series.yml, checked against the templates.
    public func read() throws(SeriesError) -> Series {
        let series = try readUnchecked()
        let folders = Set(series.patches.map(\.folder))
        let forgotten = files.keys.filter { $0.hasSuffix("/message.txt") }
            .map { String($0.dropLast("/message.txt".count)) }.filter { !folders.contains($0) }
        if let folder = forgotten.min() {
            throw SeriesError(
                .series,
                [
                    Diagnostic(
                        file: "\(root)/\(folder)/message.txt",
                        line: 1,
                        message: "series.yml doesn't list this patch",
                        notes: ["add it to 'patches', or remove the folder"]
                    )
                ]
            )
        }
        try SeriesChecker(series: series, others: others(series)).check()
        if let review = try review() {
            let tests = try GuestTests(series, files: files, root: root)
            try PointChecker(series: series, review: review, tests: tests).check()
        }
        return series
    }

    /// What was said about the series (review.yml); nil if nothing was.
    public func review() throws(SeriesError) -> Review? {
        guard let bytes = files["review.yml"] else { return nil }
        return try ReviewReader(path: "\(root)/review.yml").read(bytes)
    }

    /// The same as `read`, for files that it took before: the checks take longer than the reading.
    public func readUnchecked() throws(SeriesError) -> Series {
        if let (path, _) = files.filter({ $0.value.count > Self.sizeLimit }).min(by: { $0.key < $1.key }) {
            throw SeriesError(
                .series,
                [
                    Diagnostic(
                        file: "\(root)/\(path)",
                        message: "larger than \(Self.sizeLimit >> 20) MB, which is the limit"
                    )
                ]
            )
        }
        let path = "\(root)/series.yml"
        guard let bytes = files["series.yml"] else {
            throw SeriesError(
                .series,
                [Diagnostic(file: path, message: "not found; a series is a folder with a series.yml")]
            )
        }
        let top = try ManifestNode(bytes, file: path)
        let fields = try top.fields([
            "name", "title", "purpose", "author", "posted", "change-id", "revisions", "options", "conditions",
            "variants", "rules", "facts", "names", "patches", "quirks", "upstream", "oldest",
        ])
        let options = try list(fields["options"], option)
        let variants = try list(fields["variants"]) { (key, node) throws(SeriesError) in
            try variant(key, node, options)
        }
        func known(_ node: ManifestNode) throws(SeriesError) -> String {
            let name = try node.string()
            guard variants.contains(where: { $0.name == name }) else {
                throw node.failure("'\(name)' is not a variant", didYouMean(name, variants.map(\.name)))
            }
            return name
        }
        return Series(
            name: try fields.text("name", of: top),
            title: try fields.text("title", of: top),
            purpose: try fields.required("purpose", of: top).choice(Series.Purpose.self),
            author: try identity(try fields.required("author", of: top)),
            options: options,
            variants: variants,
            posted: try fields["posted"].map { node throws(SeriesError) in try known(node) },
            changeID: try fields["change-id"]?.string(),
            revisions: try revisions(fields["revisions"], variant: known),
            conditions: try list(fields["conditions"]) { (key, node) throws(SeriesError) in
                .init(name: try identifier(key.node), condition: try node.condition(), line: key.node.line)
            },
            rules: try list(fields["rules"]) { (key, node) throws(SeriesError) in
                try RuleReader.read(key.text, key.node.line, node)
            },
            facts: try list(fields["facts"], fact),
            names: try list(fields["names"], name),
            patches: try patches(try fields.required("patches", of: top)),
            quirks: try list(fields["quirks"], quirk),
            upstream: try fields["upstream"].map { node throws(SeriesError) in
                try upstream(node, options)
            },
            oldest: try fields["oldest"].map(oldest),
            manifestPath: path
        )
    }

    private typealias Key = (text: String, node: ManifestNode)

    private func list<Element>(
        _ node: ManifestNode?,
        _ read: (Key, ManifestNode) throws(SeriesError) -> Element
    ) throws(SeriesError) -> [Element] {
        guard let node else { return [] }
        var result: [Element] = []
        for (key, value) in try node.entries() { result.append(try read(key, value)) }
        return result
    }

    private func identity(_ node: ManifestNode) throws(SeriesError) -> Series.Identity {
        let fields = try node.fields(["name", "email", "date"])
        let date = try fields.required("date", of: node)
        guard let seconds = Int64(try date.string()) else {
            throw date.failure("seconds since 1970 are expected here")
        }
        return .init(
            name: try fields.text("name", of: node),
            email: try fields.text("email", of: node),
            date: seconds
        )
    }

    private func option(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Option {
        let fields = try node.fields(["summary", "points", "where", "default", "values"])
        var values: [Series.Option.Value] = []
        for (key, value) in try fields.required("values", of: node).entries() {
            values.append(try self.value(key, value))
        }
        let preset = try fields.required("default", of: node)
        guard values.contains(where: { $0.name == (try? preset.string()) }) else {
            throw preset.failure(
                "'\(try preset.string())' is not a value of \(key.text)",
                ["its values are \(values.map(\.name).joined(separator: ", "))"]
            )
        }
        return .init(
            name: key.text,
            summary: try fields.text("summary", of: node),
            points: try fields["points"]?.strings() ?? [],
            values: values,
            place: try fields["where"]?.condition(),
            defaultValue: try preset.string(),
            line: key.node.line
        )
    }

    /// A mapping, or a text that is `is` alone.
    private func value(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Option.Value {
        let fields = node.isText ? ["is": node] : try node.fields(["is", "answers", "defect", "unseen"])
        if let unseen = fields["unseen"], fields["defect"] == nil {
            throw unseen.failure("'unseen' says why no test sees the defect, but 'defect' is missing")
        }
        return .init(
            name: key.text,
            summary: try fields.text("is", of: node),
            answers: try fields["answers"]?.strings() ?? [],
            defect: try fields["defect"]?.string(),
            unseen: try fields["unseen"]?.string(),
            line: key.node.line
        )
    }

    private func variant(_ key: Key, _ node: ManifestNode, _ options: [Series.Option]) throws(SeriesError)
        -> Series.Variant
    {
        let fields = try node.fields(["summary", "set", "on-upstream"])
        return .init(
            name: key.text,
            summary: try fields.text("summary", of: node),
            settings: try settings(try fields.required("set", of: node), options),
            onUpstream: try fields["on-upstream"]?.choice(Series.OnUpstream.self) ?? .refuse,
            line: key.node.line
        )
    }

    /// A value for each of some options.
    private func settings(_ node: ManifestNode, _ options: [Series.Option]) throws(SeriesError) -> [String:
        String]
    {
        var settings: [String: String] = [:]
        for (option, value) in try node.entries() {
            guard let known = options.first(where: { $0.name == option.text }) else {
                throw option.node.failure(
                    "'\(option.text)' is not an option",
                    didYouMean(option.text, options.map(\.name))
                )
            }
            let text = try value.string()
            guard known.values.contains(where: { $0.name == text }) else {
                throw value.failure(
                    "'\(text)' is not a value of \(option.text)",
                    didYouMean(text, known.values.map(\.name))
                )
            }
            settings[option.text] = text
        }
        return settings
    }

    private func upstream(_ node: ManifestNode, _ options: [Series.Option]) throws(SeriesError)
        -> Series.Upstream
    {
        let fields = try node.fields(["where", "since", "is", "link", "decided", "refuses"])
        var refusals: [(condition: Condition, reason: String)] = []
        for row in try fields["refuses"]?.list() ?? [] {
            let fields = try row.fields(["if", "because"])
            refusals.append(
                (try fields.required("if", of: row).condition(), try fields.text("because", of: row))
            )
        }
        return .init(
            place: try fields.required("where", of: node).condition(),
            since: try fields.text("since", of: node),
            name: try fields.text("is", of: node),
            link: try fields.text("link", of: node),
            decided: try fields["decided"].map { node throws(SeriesError) in try settings(node, options) }
                ?? [:],
            refusals: refusals,
            line: node.line
        )
    }

    private func revisions(
        _ node: ManifestNode?,
        variant known: (ManifestNode) throws(SeriesError) -> String
    ) throws(SeriesError) -> [Series.Revision] {
        var result: [Series.Revision] = []
        for row in try node?.list() ?? [] {
            let fields = try row.fields(["number", "variant", "message-id"])
            let number = try fields.required("number", of: row)
            guard try number.number() == result.count + 1 else {
                throw number.failure("revision \(result.count + 1) is expected here; they count from 1")
            }
            result.append(
                .init(
                    number: result.count + 1,
                    variant: try known(try fields.required("variant", of: row)),
                    messageID: try fields.text("message-id", of: row)
                )
            )
        }
        return result
    }

    private func fact(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Fact {
        let fields = try node.fields([
            "summary", "identifier", "file", "files", "next-macro", "next-enumerator", "before",
            "next-section", "exists", "struct",
            "member", "declares", "value", "line",
        ])
        let question: Series.Fact.Question
        if let prefix = fields["next-macro"] {
            question = .nextMacro(prefix: try prefix.string())
        } else if let enumeration = fields["next-enumerator"] {
            question = .nextEnumerator(
                enumeration: try enumeration.string(),
                before: try fields.required("before", of: node).strings()
            )
        } else if let chapter = fields["next-section"] {
            question = .nextSection(chapter: try chapter.string())
        } else if let member = fields["member"] {
            question = .member(of: try fields.text("struct", of: node), name: try member.string())
        } else if let name = fields["declares"] {
            question = .declares(try name.string(), value: try fields["value"].map(number))
        } else if let text = fields["line"] {
            question = .line(try text.string())
        } else if fields["exists"] != nil {
            question = .exists
        } else {
            throw key.node.failure(
                "fact '\(key.text)' asks nothing",
                ["give next-macro, next-enumerator, next-section, exists, member, declares or line"]
            )
        }
        let places = if let files = fields["files"] { files } else { try fields.required("file", of: node) }
        let files = try places.strings()
        return .init(
            name: key.text,
            identifier: try identifier(try fields.required("identifier", of: node)),
            summary: try fields.text("summary", of: node),
            files: files,
            question: question,
            line: key.node.line
        )
    }

    private func oldest(_ node: ManifestNode) throws(SeriesError) -> Series.Oldest {
        let fields = try node.fields(["version", "file", "because"])
        let version = try fields.required("version", of: node)
        guard let release = try? KernelVersion(version.string()) else {
            throw version.failure("'\(try version.string())' is not a kernel version")
        }
        return .init(
            release: release,
            file: try fields.text("file", of: node),
            reason: try fields.text("because", of: node)
        )
    }

    private func number(_ node: ManifestNode) throws(SeriesError) -> UInt64 {
        guard let number = UInt64(try node.string()) else {
            throw node.failure("'\(try node.string())' is not a number")
        }
        return number
    }

    private func identifier(_ node: ManifestNode) throws(SeriesError) -> String {
        let text = try node.string()
        guard text.hasPrefix("KPATCH_"), text.utf8.allSatisfy(isWordByte) else {
            throw node.failure("'\(text)' is not a template name", ["names begin with KPATCH_"])
        }
        return text
    }

    private func name(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Name {
        _ = try identifier(key.node)
        if node.isText {
            return .init(name: key.text, cases: [(nil, try node.string())], line: key.node.line)
        }
        var cases: [(condition: Condition?, value: String)] = []
        for row in try node.list() {
            let fields = try row.fields(["if", "is"])
            cases.append((try fields["if"]?.condition(), try fields.text("is", of: row)))
        }
        return .init(name: key.text, cases: cases, line: key.node.line)
    }

    private func patches(_ node: ManifestNode) throws(SeriesError) -> [Series.Patch] {
        var result: [Series.Patch] = []
        for row in try node.list() {
            let fields = try row.fields(["folder", "if"])
            let folder = try fields.text("folder", of: row)
            guard let message = files["\(folder)/message.txt"] else {
                throw row.failure("\(root)/\(folder)/message.txt is missing", ["it holds the commit message"])
            }
            let prefix = folder + "/"
            let paths = files.keys.filter { $0.hasPrefix(prefix) && $0 != "\(folder)/message.txt" }.sorted()
            result.append(
                .init(
                    folder: folder,
                    condition: try fields["if"]?.condition(),
                    message: Template(path: "\(root)/\(folder)/message.txt", bytes: message),
                    files: paths.map {
                        (
                            String($0.dropFirst(prefix.count)),
                            Template(path: "\(root)/\($0)", bytes: files[$0] ?? [])
                        )
                    },
                    line: row.line
                )
            )
        }
        return result
    }

    private func quirk(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Quirk {
        let fields = try node.fields([
            "where", "path", "symbol", "is", "note-if", "unless-pinned", "why", "link",
        ])
        let effect: Series.Quirk.Effect
        if let path = fields["path"] {
            let (from, to) = (try path.string(), try fields.text("is", of: node))
            guard from.hasSuffix("/") == to.hasSuffix("/") else {
                throw path.failure("a folder stands for a folder: both end in '/', or none")
            }
            effect = .path(from: from, to: to)
        } else if let symbol = fields["symbol"] {
            effect = .symbol(from: try symbol.string(), to: try fields.text("is", of: node))
        } else {
            effect = .note(
                try fields["note-if"]?.condition(),
                unlessPinned: try fields["unless-pinned"]?.string()
            )
        }
        return .init(
            name: key.text,
            place: try fields["where"]?.condition(),
            effect: effect,
            why: try fields.text("why", of: node),
            link: try fields.text("link", of: node),
            line: key.node.line
        )
    }

    /// The templates that no patch owns, such as guest tests; they use names as well.
    private func others(_ series: Series) -> [Template] {
        files.filter { path, _ in
            !["series.yml", "review.yml"].contains(path)
                && !series.patches.contains { path.hasPrefix($0.folder + "/") }
        }
        .sorted { $0.key < $1.key }
        .map { Template(path: "\(root)/\($0.key)", bytes: $0.value) }
    }
}
