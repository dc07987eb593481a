// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// Reads a series from the bytes of its folder.
public struct SeriesReader: Sendable {
    /// Bytes of a file: a template that people can read has a hundredth.
    private static let sizeLimit = Limits.raised(1 << 20)

    /// Files of the series by their path relative to its folder.
    private let files: [String: [UInt8]]
    /// The folder as the user knows it.
    private let root: String
    private let parsed: ParsedManifests?

    /// - Parameter parsed: the YAML files among them, if somebody kept them.
    public init(files: [String: [UInt8]], root: String, parsed: ParsedManifests? = nil) {
        self.files = files
        self.root = root
        self.parsed = parsed
    }

    /// Options, variants, names, facts, patches and quirks of series.yml, checked against the templates.
    public func read() throws(SeriesError) -> Series {
        let series = try readUnchecked()
        let folders = Set(series.patches.map(\.folder))
        let forgotten = files.keys.filter { $0.hasSuffix("/message.txt") && !$0.hasPrefix("decisions/") }
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
        let unused = unusedFiles(series)
        guard unused.isEmpty else { throw SeriesError(.series, unused) }
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
        guard let top = try node("series.yml") else {
            let message = "not found; a series is a folder with a series.yml"
            throw SeriesError(.series, [Diagnostic(at: SourcePosition(path), message: message)])
        }
        var fields = try top.fields(
            [
                "name", "title", "purpose", "author", "posted", "change-id", "revisions", "options",
                "decisions", "history", "words",
                "variants", "rules", "patches",
            ] + Self.parts.flatMap(\.keys)
        )
        for (name, keys) in Self.parts {
            guard let part = try node(name) else { continue }
            for (key, value) in try part.fields(keys) {
                if fields[key] != nil { throw value.failure("'\(key)' stands in series.yml already") }
                fields[key] = value
            }
        }
        let decisions = try decisions(fields["decisions"])
        let inline = try list(fields["options"]) { (key, node) throws(SeriesError) in try option(key, node) }
        for decision in decisions where inline.contains(where: { $0.name == decision.option.name }) {
            throw decision.node.failure("\(decision.option.name) is an option of series.yml already")
        }
        let options = inline + decisions.map(\.option)
        let postedName = try fields["posted"]?.string()
        let postedValues = try values("posted", of: decisions)
        let upstreamValues = try decided(decisions)
        let variants = try list(fields["variants"]) { (key, node) throws(SeriesError) in
            try variant(key, node, options, preset: key.text == postedName ? postedValues : [:])
        }
        func known(_ node: ManifestNode) throws(SeriesError) -> String {
            let name = try node.string()
            guard variants.contains(where: { $0.name == name }) else {
                throw node.failure("'\(name)' is not a variant", didYouMean(name, variants.map(\.name)))
            }
            return name
        }
        var rules = try list(fields["rules"], rule)
        for decision in decisions { rules += try list(decision.fields["rules"], rule) }
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
            history: try history(fields["history"], variant: known),
            words: try list(fields["words"]) { (key, node) throws(SeriesError) in
                (key.text, try identifier(node), key.node.position)
            },
            conditions: try list(fields["conditions"]) { (key, node) throws(SeriesError) in
                .init(
                    name: try identifier(key.node),
                    condition: try node.condition(),
                    position: key.node.position
                )
            },
            rules: rules,
            facts: try list(fields["facts"], fact),
            names: try list(fields["names"], name),
            patches: try patches(try fields.required("patches", of: top), options),
            quirks: try list(fields["quirks"], quirk),
            upstream: try fields["upstream"].map { node throws(SeriesError) in
                try upstream(node, options, upstreamValues)
            },
            oldest: try fields["oldest"].map(oldest),
            manifestPath: path,
            precedence: Series.Precedence(options)
        )
    }

    /// What may stand in a file of its own instead of series.yml.
    private static let parts: [(file: String, keys: [String])] = [
        ("names.yml", ["names", "conditions"]),
        ("tree.yml", ["facts", "quirks", "upstream", "oldest"]),
    ]

    /// A file of the series as YAML; nil if it isn't there.
    private func node(_ name: String) throws(SeriesError) -> ManifestNode? {
        guard let bytes = files[name] else { return nil }
        let file = "\(root)/\(name)"
        if let tree = parsed?.trees[name] { return ManifestNode(tree, file) }
        return try ManifestNode(bytes, file: file)
    }

    private func rule(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Rule {
        try RuleReader.read(key.text, key.node.position, node)
    }

    // MARK: Decisions

    private static let optionFile = "option.yml"

    /// An option that has a folder of its own.
    private struct Decision {
        let option: Series.Option
        let node: ManifestNode
        let fields: [String: ManifestNode]
    }

    /// Those of the list, then the others by name: a list is only needed for an order.
    private func decisions(_ list: ManifestNode?) throws(SeriesError) -> [Decision] {
        let folders = Set(
            files.keys.filter { $0.hasPrefix("decisions/") && $0.hasSuffix("/" + Self.optionFile) }
                .map { String($0.dropFirst("decisions/".count).dropLast(Self.optionFile.count + 1)) }
                .filter { !$0.contains("/") }
        )
        var names: [String] = []
        for node in try list?.list() ?? [] {
            let name = try node.string()
            guard folders.contains(name) else {
                throw node.failure(
                    "there is no \(root)/decisions/\(name)/\(Self.optionFile)",
                    didYouMean(name, folders.sorted())
                )
            }
            guard !names.contains(name) else { throw node.failure("'\(name)' stands here twice") }
            names.append(name)
        }
        var result: [Decision] = []
        for name in names + folders.subtracting(names).sorted() {
            guard let node = try node("decisions/\(name)/\(Self.optionFile)") else { continue }
            let fields = try node.fields(Self.optionKeys + ["posted", "upstream", "rules"])
            let option = try option((name, node), node, fields)
            result.append(Decision(option: option, node: node, fields: fields))
        }
        return result
    }

    /// What some key says in the options that have folders.
    private func values(_ key: String, of decisions: [Decision]) throws(SeriesError) -> [String: String] {
        var result: [String: String] = [:]
        for decision in decisions {
            guard let node = decision.fields[key] else { continue }
            result[decision.option.name] = try value(node, of: decision.option)
        }
        return result
    }

    /// What `upstream` says in the options that have folders: a value, or a list of rows of which the first that holds
    /// counts.
    private func decided(_ decisions: [Decision]) throws(SeriesError) -> [Series.Upstream.Decided] {
        var result: [Series.Upstream.Decided] = []
        for decision in decisions {
            guard let node = decision.fields["upstream"] else { continue }
            guard node.isList else {
                let value = try value(node, of: decision.option)
                result.append(
                    .init(option: decision.option.name, value: value, place: nil, position: node.position)
                )
                continue
            }
            for row in try node.list() {
                let fields = try row.fields(["if", "is"])
                result.append(
                    .init(
                        option: decision.option.name,
                        value: try value(try fields.required("is", of: row), of: decision.option),
                        place: try fields["if"]?.condition(),
                        position: row.position
                    )
                )
            }
        }
        return result
    }

    private func value(_ node: ManifestNode, of option: Series.Option) throws(SeriesError) -> String {
        let text = try node.string()
        guard option.values.contains(where: { $0.name == text }) else {
            throw node.failure(
                "'\(text)' is not a value of \(option.name)",
                didYouMean(text, option.values.map(\.name))
            )
        }
        return text
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
        let words = try date.string().split(separator: " ")
        guard let first = words.first, let seconds = Int64(first), words.count <= 2,
            let offset = words.count == 2 ? Self.minutes(words[1]) : 0
        else {
            throw date.failure("seconds since 1970 are expected here, or those and a time zone such as +0100")
        }
        func text(_ key: String) throws(SeriesError) -> String {
            let field = try fields.required(key, of: node)
            let text = try field.string()
            // Git would leave them out, and a commit cannot hold them.
            guard text.onOneLine == text, !text.contains(where: { "<>".contains($0) }) else {
                throw field.failure("a \(key) has no '<', '>' or control characters")
            }
            return text
        }
        return .init(
            name: try text("name"),
            email: try text("email"),
            date: seconds,
            offsetMinutes: offset
        )
    }

    /// Minutes east of UTC of `+0100`.
    private static func minutes(_ zone: Substring) -> Int? {
        guard zone.utf8.count == 5, let sign = zone.first, "+-".contains(sign),
            let number = Int(zone.dropFirst())
        else { return nil }
        return (number / 100 * 60 + number % 100) * (sign == "-" ? -1 : 1)
    }

    private static let optionKeys = ["summary", "points", "where", "default", "values", "after"]

    private func option(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Option {
        try option(key, node, try node.fields(Self.optionKeys))
    }

    private func option(_ key: Key, _ node: ManifestNode, _ fields: [String: ManifestNode])
        throws(SeriesError)
        -> Series.Option
    {
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
            after: try fields["after"]?.strings() ?? [],
            position: key.node.position
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
            position: key.node.position
        )
    }

    private func variant(
        _ key: Key,
        _ node: ManifestNode,
        _ options: [Series.Option],
        preset: [String: String]
    )
        throws(SeriesError) -> Series.Variant
    {
        let fields = try node.fields(["summary", "set", "on-upstream"])
        return .init(
            name: key.text,
            summary: try fields.text("summary", of: node),
            settings: preset.merging(try settings(try fields.required("set", of: node), options)) { $1 },
            onUpstream: try fields["on-upstream"]?.choice(Series.OnUpstream.self) ?? .refuse,
            position: key.node.position
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
            settings[option.text] = try self.value(value, of: known)
        }
        return settings
    }

    private func upstream(
        _ node: ManifestNode,
        _ options: [Series.Option],
        _ preset: [Series.Upstream.Decided]
    ) throws(SeriesError) -> Series.Upstream {
        let fields = try node.fields(["where", "since", "is", "link", "change-id", "decided", "refuses"])
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
            changeID: try fields["change-id"]?.string(),
            // What stands here comes before what stands with the options.
            decided: try fields["decided"].map { node throws(SeriesError) in
                try settings(node, options).sorted { $0.key < $1.key }.map {
                    .init(option: $0.key, value: $0.value, place: nil, position: node.position)
                } + preset
            } ?? preset,
            refusals: refusals,
            position: node.position
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
            let last = result.last?.number ?? 0
            guard let next = Int(try number.string()), next > last else {
                throw number.failure("a revision after \(last) is expected here; they count from 1")
            }
            result.append(
                .init(
                    number: next,
                    variant: try known(try fields.required("variant", of: row)),
                    messageID: try fields.text("message-id", of: row)
                )
            )
        }
        return result
    }

    private func history(
        _ node: ManifestNode?,
        variant known: (ManifestNode) throws(SeriesError) -> String
    ) throws(SeriesError) -> [Series.Ancestor] {
        var result: [Series.Ancestor] = []
        for row in try node?.list() ?? [] {
            let fields = try row.fields(["name", "variant", "message-id", "note"])
            result.append(
                .init(
                    name: try fields.text("name", of: row),
                    variant: try fields["variant"].map { node throws(SeriesError) in try known(node) },
                    messageID: try fields["message-id"]?.string(),
                    note: try fields["note"]?.string()
                )
            )
        }
        return result
    }

    private func fact(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Fact {
        let fields = try node.fields([
            "summary", "identifier", "file", "files", "also", "next-macro", "next-enumerator", "before",
            "next-section", "exists", "struct",
            "member", "declares", "value", "line", "in", "follows",
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
            question = .line(try text.string(), in: try fields["in"]?.strings() ?? [])
        } else if fields["exists"] != nil {
            question = .exists
        } else if let number = fields["follows"] {
            question = .follows(try number.string())
        } else {
            throw key.node.failure(
                "fact '\(key.text)' asks nothing",
                ["give next-macro, next-enumerator, next-section, exists, member, declares, line or follows"]
            )
        }
        let files: [String]
        if case .follows = question {
            files = []
        } else if let places = fields["files"] {
            files = try places.treePaths()
        } else {
            files = try fields.required("file", of: node).treePaths()
        }
        return .init(
            name: key.text,
            identifier: try identifier(try fields.required("identifier", of: node)),
            summary: try fields.text("summary", of: node),
            files: files,
            also: try fields["also"]?.strings() ?? [],
            question: question,
            position: key.node.position
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
            file: try fields.required("file", of: node).treePath(),
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
            return .init(name: key.text, cases: [(nil, try node.string())], position: key.node.position)
        }
        var cases: [(condition: Condition?, value: String)] = []
        for row in try node.list() {
            let fields = try row.fields(["if", "is"])
            cases.append((try fields["if"]?.condition(), try fields.text("is", of: row)))
        }
        return .init(name: key.text, cases: cases, position: key.node.position)
    }

    private func patches(_ node: ManifestNode, _ options: [Series.Option]) throws(SeriesError)
        -> [Series.Patch]
    {
        var result: [Series.Patch] = []
        let fragments = try FragmentReader(files: files, root: root, options: options).fragments()
        for row in try node.list() {
            let fields = try row.fields(["folder", "if", "instead-of", "author", "message-id", "files"])
            let folder = try fields.text("folder", of: row)
            if let other = result.first(where: {
                "\($0.folder)/".hasPrefix("\(folder)/") || "\(folder)/".hasPrefix("\($0.folder)/")
            }) {
                throw row.failure(
                    other.folder == folder
                        ? "'\(folder)' is listed twice"
                        : "'\(folder)' and '\(other.folder)' lie in one another",
                    [
                        "'\(other.folder)' stands in line \(other.position.line)",
                        "each patch has a folder of its own",
                    ]
                )
            }
            guard let message = template("\(folder)/\(Self.message)") else {
                throw row.failure(
                    "\(root)/\(folder)/\(Self.message) is missing",
                    ["it holds the commit message"]
                )
            }
            let prefix = folder + "/"
            let paths = files.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            let rows = try list(fields["files"]) { (key, node) throws(SeriesError) in
                try fileRow(key, node, below: prefix)
            }
            let whole = rows.compactMap { if case .whole = $0.content { $0.path } else { nil } }
            result.append(
                .init(
                    folder: folder,
                    condition: try fields["if"]?.condition(),
                    insteadOf: try fields["instead-of"]?.string(),
                    message: message,
                    postedMessage: template("\(folder)/\(Self.postedMessage)"),
                    author: try fields["author"].map(identity),
                    messageID: try fields["message-id"]?.string(),
                    files: paths.filter { $0 != Self.message && $0 != Self.postedMessage }
                        .filter { !whole.contains($0) }.sorted()
                        .compactMap { path in template(prefix + path).map { (path, $0) } },
                    rows: rows,
                    fragments: fragments[folder] ?? [],
                    position: row.position
                )
            )
        }
        let folders = result.map(\.folder)
        for (folder, found) in fragments.sorted(by: { $0.key < $1.key }) where !folders.contains(folder) {
            throw SeriesError(
                .series,
                found.map { fragment in
                    Diagnostic(
                        file: fragment.template.path,
                        line: 1,
                        message: "'\(folder)' is not a patch of the series",
                        notes: didYouMean(folder, folders)
                    )
                }
            )
        }
        return result
    }

    private func fileRow(_ key: Key, _ node: ManifestNode, below prefix: String) throws(SeriesError)
        -> Series.FileRow
    {
        let parts = key.text.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", "..", ".git"].contains($0.lowercased()) }) else {
            throw key.node.failure("'\(key.text)' is not the path of a kernel file")
        }
        let fields = try node.fields(["is", "was", "from", "mode"])
        let content: Series.FileRow.Content
        switch (try fields["is"]?.string(), try fields["from"]?.string()) {
        case (nil, nil): content = .template
        case (nil, let source?): content = .renamed(from: source)
        case ("removed", nil): content = .removed
        case ("whole", nil):
            guard let bytes = files[prefix + key.text] else {
                throw key.node.failure("\(root)/\(prefix)\(key.text) is missing", ["it holds the whole file"])
            }
            content = .whole(bytes)
        default:
            throw node.failure("'is' is whole or removed here, or 'from' names a path instead")
        }
        return .init(
            path: key.text,
            content: content,
            was: try fields["was"]?.string(),
            mode: try fields["mode"]?.choice(Series.FileRow.Mode.self),
            position: key.node.position
        )
    }

    private static let message = Series.Fragment.message
    private static let postedMessage = "message-as-posted.txt"

    private func template(_ path: String) -> Template? {
        files[path].map { Template(path: "\(root)/\(path)", bytes: $0, included: included) }
    }

    @Sendable private func included(_ name: String) -> Template.Included? {
        files[name].map { Template.Included(path: "\(root)/\(name)", bytes: $0) }
    }

    private func quirk(_ key: Key, _ node: ManifestNode) throws(SeriesError) -> Series.Quirk {
        let fields = try node.fields([
            "where", "path", "symbol", "is", "note-if", "unless-pinned", "why", "link",
        ])
        let effect: Series.Quirk.Effect
        if let path = fields["path"] {
            let (from, to) = (try path.treePath(), try fields.required("is", of: node).treePath())
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
            position: key.node.position
        )
    }

    /// The templates that no patch owns, such as guest tests; they use names as well.
    private func others(_ series: Series) -> [Template] {
        let known = ["series.yml", "review.yml"] + Self.parts.map(\.file)
        return files.keys.filter { path in
            !known.contains(path) && !path.hasPrefix("decisions/") && !path.hasPrefix(Self.shared)
                && !series.patches.contains { path.hasPrefix($0.folder + "/") }
        }
        .sorted().compactMap(template)
    }

    /// The folder of what templates include.
    private static let shared = "shared/"

    /// Files that only others include, and none does.
    private func unusedFiles(_ series: Series) -> [Diagnostic] {
        let used = Set(series.patches.flatMap(\.templates).flatMap(\.files))
        return files.keys.filter { $0.hasPrefix(Self.shared) && !used.contains("\(root)/\($0)") }.sorted().map
        {
            Diagnostic(file: "\(root)/\($0)", line: 1, message: "no template includes this file")
        }
    }
}
