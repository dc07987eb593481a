// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// A file as the patches before have left it, and what the tree has.
struct WorkingFile {
    /// Its path in the tree.
    let path: String
    /// nil if the tree doesn't have it.
    let base: BaseFile?
    private var changed: [UInt8]?
    private(set) var isRemoved = false
    /// What was done to it since.
    private(set) var history = EditHistory()

    init(_ path: String, _ base: BaseFile?) {
        self.path = path
        self.base = base
    }

    /// A text that the tree doesn't have there: a commit message, a file that had another path.
    init(_ path: String, template bytes: [UInt8]) {
        self.init(path, nil)
        changed = bytes
    }

    var bytes: [UInt8] { changed ?? base?.bytes ?? [] }

    var exists: Bool { !isRemoved && (changed != nil || base != nil) }

    mutating func remove() {
        changed = []
        isRemoved = true
    }

    /// With its structure. After a change it is found anew: ask only if there is something to place.
    mutating func parsed() throws(SeriesError) -> BaseFile? {
        guard !isRemoved else { return nil }
        guard let changed else { return base }
        if let latest, let unread, unread.isEmpty { return latest }
        let file =
            if let unread, let before = latest ?? base {
                try before.edited(by: unread, path: path, to: changed)
            } else {
                try BaseFile(path: path, bytes: changed)
            }
        latest = file
        unread = []
        return file
    }

    /// What was asked for last; nil for the tree's file.
    private var latest: BaseFile?
    /// What was done to it since; nil if that isn't one set of edits.
    private var unread: [TextEdit]? = []

    /// Lines of the tree's file that the series replaces: what stands there isn't declared any more.
    private var replaced: [ClosedRange<Int>] = []

    func replaces(_ line: Int) -> Bool { replaced.contains { $0.contains(line) } }

    mutating func note(replaced anchor: Anchor) {
        guard let text = base?.parsed.text, let parsed = base?.parsed,
            let range = try? AnchorResolver(parsed, explains: false).resolve(anchor), !range.isEmpty
        else { return }
        replaced.append(text.line(at: range.lowerBound)...text.line(at: range.upperBound - 1))
    }

    mutating func change(to bytes: [UInt8], by edits: [TextEdit] = []) {
        changed = bytes
        isRemoved = false
        history.add(edits)
        unread = edits.isEmpty || unread?.isEmpty != true ? nil : edits
    }
}

/// Makes of one file what one patch makes of it: by the patch's template, and then by the fragments of the chosen values.
struct FilePlacer {
    /// The kernel file that the templates are for.
    let path: String
    /// The patch's template; nil if only fragments change the file.
    let template: Template?
    /// Those of the chosen values, in the order of the options.
    let fragments: [Series.Fragment]
    /// Which option's fragments are placed on what another's have left.
    let precedence: Series.Precedence
    let quirks: ActiveQuirks
    let environment: Template.Environment
    /// What the user can do where the tree has no such file. Asked for only then, as it takes a look at every option.
    var advice: @Sendable () -> String? = { nil }

    private var sites: [PlacedSite] = []
    private var problems: [Diagnostic] = []
    /// What anchors didn't find in the file.
    private var lost: [LostName] = []
    private var bytes: [UInt8]?
    private var whole: String?
    /// The lines of the template that was the file before any site was placed: a new file, or a commit message.
    private var own: PlacedSite?
    private var isPresent = false
    /// The file as the patches before have left it; nil until something is placed.
    private var before: SourceText?
    /// What was done to it since.
    private var history = EditHistory()
    /// The places that fragments have changed.
    private var marks: [Mark] = []

    init(
        path: String,
        template: Template?,
        fragments: [Series.Fragment],
        precedence: Series.Precedence,
        quirks: ActiveQuirks,
        environment: Template.Environment
    ) {
        self.path = path
        self.template = template
        self.fragments = fragments
        self.precedence = precedence
        self.quirks = quirks
        self.environment = environment
    }

    /// A place of the file as it is now that a fragment has changed.
    private struct Mark {
        let fragment: Series.Fragment
        let site: PlacedSite
        let range: Range<Int>
        let wasInsertion: Bool
    }

    /// A site of some template, ready to be placed.
    private struct Pending {
        let site: Site
        let anchor: Anchor
        let template: Template
        /// The index of the marker in the template's lines.
        let line: Int
        /// For each line of the body, the template's line that it comes from.
        let origins: [Int]
        /// nil for the patch's own template.
        let fragment: Series.Fragment?

        var position: SourcePosition { template.position(of: line) }

        func placed(_ place: PlacedSite.Place, _ quirks: ActiveQuirks) -> PlacedSite {
            PlacedSite(
                anchor: "\(site.anchor)",
                template: position,
                templatePath: template.path,
                quirks: site.anchor.symbols.compactMap(quirks.row(symbol:)),
                place: place,
                body: 0..<0,
                origins: []
            )
        }
    }

    /// Path of the kernel file in this tree.
    var target: String { quirks.path(path) }

    private var language: SourceLanguage { SourceLanguage(path: target) }

    /// Changes the file as the templates say, unless something doesn't fit; nil if they have nothing for this
    /// selection.
    ///
    /// Throws `.series` if a template is wrong, or if two fragments meet in one place.
    mutating func place(on file: inout WorkingFile) throws(SeriesError) -> FilePlacement? {
        if let template { try place([try render(template, nil)], on: &file) }
        // Without those that have nothing for this selection: each stage reads the file anew.
        var chosen: [(fragment: Series.Fragment, part: Part)] = []
        for fragment in fragments {
            let part = try render(fragment.template, fragment)
            if !part.isEmpty { chosen.append((fragment, part)) }
        }
        for stage in precedence.stages(chosen.map(\.fragment)) where problems.isEmpty {
            let paths = stage.map(\.template.path)
            try place(chosen.filter { paths.contains($0.fragment.template.path) }.map(\.part), on: &file)
        }
        guard !sites.isEmpty || !problems.isEmpty || whole != nil else { return nil }
        return placement
    }

    /// What has come of it.
    private var placement: FilePlacement {
        FilePlacement(
            template: template?.path ?? fragments.first?.template.path ?? path,
            path: path,
            target: target,
            quirk: quirks.row(path: path),
            bytes: problems.isEmpty ? bytes : nil,
            whole: whole,
            isPresent: isPresent || sites.contains(where: \.isPresent),
            sites: sites,
            problems: problems,
            lost: lost,
            trace: trace
        )
    }

    /// Where the lines of the file come from.
    var trace: FileTrace { FileTrace(own: own, sites: sites, history: history, before: before) }

    /// Says that the file is what a template has made, to begin with.
    mutating func begin(with rendered: Template.Rendered, of template: Template) {
        own = PlacedSite(
            anchor: "",
            template: SourcePosition(template.path, line: 1),
            templatePath: template.path,
            quirks: [],
            place: .at(line: 1, treeLine: 1),
            body: 0..<rendered.origins.count,
            origins: rendered.origins
        )
    }

    /// Makes the file what the row says, before templates change it.
    ///
    /// - Parameters:
    ///   - exists: whether the tree, as the patches before leave it, has something at the path.
    ///   - content: the bytes that the row stands for; nil if there are none.
    mutating func place(
        _ row: Series.FileRow,
        exists: Bool,
        content: [UInt8]?,
        on file: inout WorkingFile
    ) throws(SeriesError) -> FilePlacement {
        func complain(_ message: String) {
            problems.append(Diagnostic(at: row.position, message: message))
        }
        switch (row.content, content) {
        case (.whole(let bytes), _):
            whole = row.path
            if exists, row.was == nil {
                isPresent = true
                complain("\(target) is already in this tree")
            }
            file.change(to: bytes)
        case (.renamed, let bytes?):
            if exists { complain("\(target) is already in this tree") }
            file = WorkingFile(target, template: bytes)
        case (.template, let bytes?): file = WorkingFile(target, template: bytes)
        case (.renamed(let source), nil): complain("\(source) is not in this tree")
        case (.template, nil), (.removed, _): complain("\(target) is not in this tree")
        }
        bytes = file.bytes
        guard problems.isEmpty, template != nil || !fragments.isEmpty, whole == nil else { return placement }
        return try place(on: &file) ?? placement
    }

    /// What a template has for this selection.
    private enum Part {
        case sites([Pending])
        /// A template without any site.
        case whole(Template.Rendered, Template)
        /// The tree lacks something that it needs.
        case lacking([Diagnostic])

        var isEmpty: Bool {
            switch self {
            case .sites(let sites): sites.isEmpty
            // KPATCH conditions may have emptied it.
            case .whole(let rendered, _):
                rendered.bytes.allSatisfy { $0 == 0x20 || (0x09...0x0d).contains($0) }
            case .lacking: false
            }
        }
    }

    private func render(_ template: Template, _ fragment: Series.Fragment?) throws(SeriesError) -> Part {
        let rendered: Template.Rendered
        do {
            rendered = try template.render(environment)
        } catch {
            guard error.kind == .placement else { throw error }
            return .lacking(error.diagnostics)
        }
        guard template.hasMarkers else { return .whole(rendered, template) }
        return .sites(try pendingSites(of: template, fragment, rendered))
    }

    /// Places the sites of some templates at once.
    private mutating func place(_ parts: [Part], on file: inout WorkingFile) throws(SeriesError) {
        var pending: [Pending] = []
        for part in parts where !part.isEmpty {
            switch part {
            case .sites(let sites): pending += sites
            case .whole(let rendered, let template): make(rendered, of: template, &file)
            case .lacking(let diagnostics): problems += diagnostics
            }
        }
        guard let first = pending.first, problems.isEmpty else { return }
        guard let current = try file.parsed() else {
            let problem = Diagnostic(
                at: first.position,
                message: "\(target) is not in this tree",
                notes: ["the template has \(counted(pending.count, "site")) for it"]
                    + [advice()].compactMap { $0 }
            )
            sites += pending.map { $0.placed(.nowhere(problem), quirks) }
            for site in pending { lose(site, nil) }
            problems.append(problem)
            return
        }
        try place(pending, in: &file, current)
    }

    /// Notes the names that a site asks for and that the file, if there is one, doesn't have.
    private mutating func lose(_ site: Pending, _ file: BaseFile?) {
        lost += site.anchor.symbols.filter { file?.line(defining: $0) == nil }
            .map { LostName(name: $0, file: target) }
    }

    private func pendingSites(
        of template: Template,
        _ fragment: Series.Fragment?,
        _ rendered: Template.Rendered
    ) throws(SeriesError) -> [Pending] {
        do {
            let sites = try SiteReader(SourceText(rendered.bytes), language: language).sites()
            return sites.map { site in
                Pending(
                    site: site,
                    anchor: site.anchor.renamed(quirks.symbol),
                    template: template,
                    line: rendered.origin(of: site.line),
                    origins: site.bodyLines.map(rendered.origin),
                    fragment: fragment
                )
            }
        } catch {
            let position = template.position(of: rendered.origin(of: error.line))
            throw SeriesError(.series, [Diagnostic(at: position, message: error.description)])
        }
    }

    /// A template without sites is a new file.
    private mutating func make(
        _ rendered: Template.Rendered,
        of template: Template,
        _ file: inout WorkingFile
    ) {
        whole = template.path
        guard !file.exists else {
            isPresent = true
            problems.append(
                Diagnostic(
                    at: SourcePosition(template.path),
                    message: "\(target) is already in this tree",
                    notes: ["the template has no sites, so it is meant as a new file"]
                )
            )
            return
        }
        begin(with: rendered, of: template)
        file.change(to: rendered.bytes)
        bytes = rendered.bytes
    }

    // MARK: Sites

    private mutating func place(_ pending: [Pending], in file: inout WorkingFile, _ current: BaseFile)
        throws(SeriesError)
    {
        let text = current.parsed.text
        if before == nil { before = text }
        let found = pending.map { resolve($0, in: current, of: file) }
        for (site, result) in zip(pending, found) {
            if case .failure(.notFound) = result { lose(site, current) }
        }
        for site in pending where site.anchor.relation.isReplacement { file.note(replaced: site.anchor) }
        var placed = zip(pending, found).map { site, result in
            site.placed(place(site, result, in: file, text), quirks)
        }
        defer {
            sites += placed
            problems += Self.once(placed.compactMap(\.place.problem))
        }
        var edits: [TextEdit] = []
        for (site, result) in zip(pending, found) {
            if case .success(let range) = result { edits.append(edit(site, range)) }
        }
        guard edits.count == pending.count, !placed.contains(where: \.isPresent) else { return }
        try requireApart(pending, placed, edits, text)
        if let jump = lostJump(pending, edits, current) {
            let first = edits.firstIndex { !$0.range.isEmpty } ?? 0
            placed[first].place = .nowhere(
                Diagnostic(
                    at: pending[first].position,
                    message: "\(target):\(jump.line) jumps to a label that the template takes away",
                    notes: [jump.text]
                )
            )
            return
        }
        let changed: [UInt8]
        do {
            changed = try text.applying(edits)
        } catch {
            try requireSameOwner(pending, placed, error, text, edits)
            placed[error.second].place = .nowhere(overlap(pending, error, edits, text))
            return
        }
        let bodies = text.lines(of: edits)
        for index in placed.indices {
            placed[index].body = bodies[index]
            placed[index].origins = bodies[index].indices.map { line in
                let own = line - bodies[index].lowerBound
                return pending[index].origins.indices.contains(own) ? pending[index].origins[own] : nil
            }
        }
        move(through: edits, of: text)
        for (index, site) in pending.enumerated() {
            guard let fragment = site.fragment else { continue }
            marks.append(
                Mark(
                    fragment: fragment,
                    site: placed[index],
                    range: Self.range(of: index, edits),
                    wasInsertion: edits[index].range.isEmpty
                )
            )
        }
        history.add(edits)
        file.change(to: changed, by: edits)
        bytes = changed
        let sentences = pending.indices.filter { pending[$0].anchor.isOfSentence }
        if !sentences.isEmpty { refill(sentences, pending, &placed, edits, of: text, &file, changed) }
    }

    private func edit(_ site: Pending, _ range: Range<Int>) -> TextEdit {
        guard site.anchor.isOfSentence else {
            let body = site.site.body
            return TextEdit(range: range, replacement: before?.withOwnEndings(body) ?? body)
        }
        let words = String(decoding: site.site.body, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let sentence = words.joined(separator: " ")
        let replacement =
            switch site.anchor.relation {
            case .before: sentence + " "
            case .after: " " + sentence
            default: sentence
            }
        return TextEdit(range: range, replacement: Array(replacement.utf8))
    }

    /// Where the replacement of one of some edits stands in the text after all of them.
    private static func range(of index: Int, _ edits: [TextEdit]) -> Range<Int> {
        let edit = edits[index]
        let shift = edits.enumerated().reduce(0) { shift, other in
            let range = other.element.range
            let isBefore =
                range.upperBound < edit.range.lowerBound
                || (range.upperBound == edit.range.lowerBound && (other.offset < index || !range.isEmpty))
            return other.offset != index && isBefore
                ? shift + other.element.replacement.count - range.count : shift
        }
        let start = edit.range.lowerBound + shift
        return start..<start + edit.replacement.count
    }

    /// Breaks the lines of paragraphs anew in which sentences were changed; each is then the body of those sites.
    private mutating func refill(
        _ sentences: [Int],
        _ pending: [Pending],
        _ placed: inout [PlacedSite],
        _ edits: [TextEdit],
        of original: SourceText,
        _ file: inout WorkingFile,
        _ changed: [UInt8]
    ) {
        guard let filler = ParagraphFiller(path: target) else { return }
        let text = SourceText(changed)
        var paragraphs: [Range<Int>] = []
        var paragraph: [Int: Int] = [:]
        for index in sentences.sorted(by: { edits[$0].range.lowerBound < edits[$1].range.lowerBound }) {
            let old = original.paragraph(at: edits[index].range.lowerBound)
            let new = Self.moved(old, edits, inside: sentences)
            if paragraphs.last != new { paragraphs.append(new) }
            paragraph[index] = paragraphs.count - 1
        }
        let filling = filler.refill(text, paragraphs)
        guard let filled = try? text.applying(filling) else { return }
        let lines = text.lines(of: filling)
        let shift = LineShift(text, filling)
        for index in placed.indices {
            guard let place = paragraph[index] else {
                placed[index].move(through: shift)
                continue
            }
            let line = pending[index].origins.first
            placed[index].body = lines[place]
            placed[index].origins = lines[place].map { _ in line }
        }
        move(through: filling, of: text)
        history.add(filling)
        file.change(to: filled, by: filling)
        bytes = filled
    }

    /// Where a paragraph is after some edits, of which those of sentences are in it.
    private static func moved(_ paragraph: Range<Int>, _ edits: [TextEdit], inside sentences: [Int]) -> Range<
        Int
    > {
        var (start, end) = (paragraph.lowerBound, paragraph.upperBound)
        for (index, edit) in edits.enumerated() {
            let growth = edit.replacement.count - edit.range.count
            let isInside = sentences.contains(index) && paragraph.contains(edit.range.lowerBound)
            if !isInside, edit.range.upperBound <= paragraph.lowerBound {
                start += growth
                end += growth
            } else if isInside || edit.range.lowerBound < paragraph.upperBound {
                end += growth
            }
        }
        return start..<max(start, end)
    }

    /// Keeps what was placed before where it is.
    private mutating func move(through edits: [TextEdit], of text: SourceText) {
        let shift = LineShift(text, edits)
        for index in sites.indices { sites[index].move(through: shift) }
        own?.move(through: shift)
        marks = marks.map { mark in
            var (start, end) = (mark.range.lowerBound, mark.range.upperBound)
            for edit in edits {
                let growth = edit.replacement.count - edit.range.count
                if edit.range.upperBound <= mark.range.lowerBound {
                    start += growth
                    end += growth
                } else if edit.range.lowerBound < mark.range.upperBound {
                    end += growth
                }
            }
            return Mark(
                fragment: mark.fragment,
                site: mark.site,
                range: min(start, end)..<max(start, end),
                wasInsertion: mark.wasInsertion
            )
        }
    }

    private func place(
        _ site: Pending,
        _ result: Result<Range<Int>, AnchorError>,
        in file: WorkingFile,
        _ text: SourceText
    ) -> PlacedSite.Place {
        let present =
            file.base.map { base in
                AnchorResolver(base.parsed).present(site.anchor, body: site.site.body).filter {
                    !file.replaces($0.line)
                }
            } ?? []
        guard present.isEmpty else {
            return .present(
                Diagnostic(
                    file: target,
                    line: present[0].line,
                    message: present[0].text,
                    notes: present.dropFirst().map { "\(target):\($0)" } + ["from \(site.position)"]
                )
            )
        }
        switch result {
        case .success(let range):
            let treeOffset = file.history.original(of: range.lowerBound)
            let line = text.line(at: range.lowerBound)
            return .at(
                line: before?.line(at: history.original(of: range.lowerBound)) ?? line,
                treeLine: file.base?.parsed.text.line(at: treeOffset) ?? line
            )
        case .failure(let error):
            // The tree's own lines are what the user can look at, unless an earlier patch is what is in the way.
            let own = file.base.flatMap { base in
                if case .failure(let own) = resolve(site.anchor, in: base) { own } else { nil }
            }
            return .nowhere(problem(site.fragment == nil ? own ?? error : error, at: site))
        }
    }

    /// The place of a site in a file as it is now, unless something of the tree would go that nobody has named.
    private func resolve(_ site: Pending, in current: BaseFile, of file: WorkingFile) -> Result<
        Range<Int>, AnchorError
    > {
        let found = resolve(site.anchor, in: current)
        // What fragments are for is mostly the patch's own.
        guard site.fragment == nil, case .success(let range) = found, !range.isEmpty,
            file.history.leaves(range),
            let lost = AnchorResolver(current.parsed).unnamed(by: site.anchor)
        else { return found }
        return .failure(
            .unusable(
                what: "\(site.anchor)",
                why: "\(lost.what) would go, too, which the template doesn't name",
                at: lost.at
            )
        )
    }

    /// A `goto` of the tree that would have no label any more.
    private func lostJump(_ pending: [Pending], _ edits: [TextEdit], _ current: BaseFile) -> Candidate? {
        guard pending.allSatisfy({ $0.fragment == nil }) else { return nil }
        return current.parsed.gotoWithoutLabel(after: edits)
    }

    /// The problems without those that say the same of another site.
    private static func once(_ problems: [Diagnostic]) -> [Diagnostic] {
        var groups: [[Diagnostic]] = []
        for problem in problems {
            let same = groups.firstIndex { ($0[0].message, $0[0].notes) == (problem.message, problem.notes) }
            if let same { groups[same].append(problem) } else { groups.append([problem]) }
        }
        return groups.map { group in
            guard group.count > 1 else { return group[0] }
            let lines = Set(group.dropFirst().map(\.line)).sorted().map(String.init).joined(separator: ", ")
            return Diagnostic(
                at: group[0].position,
                message: group[0].message,
                notes: group[0].notes + ["the same for \(group.count - 1) more of its sites: line \(lines)"]
            )
        }
    }

    private func resolve(_ anchor: Anchor, in file: BaseFile) -> Result<Range<Int>, AnchorError> {
        do { return .success(try AnchorResolver(file.parsed).resolve(anchor)) } catch {
            return .failure(error)
        }
    }

    private func problem(_ error: AnchorError, at site: Pending) -> Diagnostic {
        let place = site.fragment == nil ? target : "\(target), as the patch leaves it"
        return Diagnostic(
            at: site.position,
            message: error.message(in: place),
            notes: error.candidates.isEmpty
                ? ["nothing in \(target) looks like it"]
                : ["candidates:"] + error.candidates.map { "  \(target):\($0)" }
        )
    }

    private func overlap(
        _ pending: [Pending],
        _ error: OverlappingEdits,
        _ edits: [TextEdit],
        _ text: SourceText
    ) -> Diagnostic {
        Diagnostic(
            at: pending[error.second].position,
            message: "two sites edit the same lines of \(target)",
            notes: [error.first, error.second].map { index in
                "\(pending[index].position): \(pending[index].site.anchor), at \(target):\(text.line(at: edits[index].range.lowerBound))"
            }
        )
    }

    // MARK: Fragments that meet

    /// Two fragments may not change one place, unless one is placed on what the other has left.
    private func requireApart(
        _ pending: [Pending],
        _ placed: [PlacedSite],
        _ edits: [TextEdit],
        _ text: SourceText
    ) throws(SeriesError) {
        for (index, site) in pending.enumerated() {
            guard let fragment = site.fragment else { continue }
            let range = edits[index].range
            for mark in marks where !precedence.isBefore(mark.fragment.option, fragment.option) {
                let isInsertedThere =
                    range.isEmpty && mark.wasInsertion && mark.range.lowerBound <= range.lowerBound
                    && range.lowerBound <= mark.range.upperBound
                guard isInsertedThere || Self.overlap(range, mark.range) else { continue }
                throw meeting(mark.fragment, mark.site, fragment, placed[index], text, range)
            }
            for other in 0..<index where range.isEmpty && edits[other].range == range {
                guard let first = pending[other].fragment, first.template.path != fragment.template.path
                else {
                    continue
                }
                throw meeting(first, placed[other], fragment, placed[index], text, range)
            }
        }
    }

    private static func overlap(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.lowerBound < right.upperBound && right.lowerBound < left.upperBound
    }

    private func requireSameOwner(
        _ pending: [Pending],
        _ placed: [PlacedSite],
        _ error: OverlappingEdits,
        _ text: SourceText,
        _ edits: [TextEdit]
    ) throws(SeriesError) {
        guard let first = pending[error.first].fragment, let second = pending[error.second].fragment,
            first.template.path != second.template.path
        else { return }
        throw meeting(
            first,
            placed[error.first],
            second,
            placed[error.second],
            text,
            edits[error.second].range
        )
    }

    private func meeting(
        _ first: Series.Fragment,
        _ firstSite: PlacedSite,
        _ second: Series.Fragment,
        _ secondSite: PlacedSite,
        _ text: SourceText,
        _ range: Range<Int>
    ) -> SeriesError {
        SeriesError(
            .series,
            [
                Diagnostic(
                    at: secondSite.template,
                    message:
                        "\(first.setting) and \(second.setting) meet at \(target):\(text.line(at: range.lowerBound))",
                    notes: [
                        "\(firstSite.template): \(firstSite.anchor)",
                        "\(secondSite.template): \(secondSite.anchor)",
                        "if \(second.option) is to be placed on what \(first.option) leaves, write 'after: \(first.option)' in it",
                    ]
                )
            ]
        )
    }
}

extension BaseFile {
    /// What a template makes of the file, placed as those of a series are; nil where something doesn't fit.
    ///
    /// - Parameter base: the file before; nil for a template that is a new file.
    public static func trial(_ template: [UInt8], at path: String, on base: BaseFile?) -> [UInt8]? {
        var placer = FilePlacer(
            path: path,
            template: Template(path: path, bytes: template),
            fragments: [],
            precedence: Series.Precedence([]),
            quirks: ActiveQuirks(),
            environment: Template.Environment()
        )
        var file = WorkingFile(path, base)
        guard let placement = try? placer.place(on: &file), placement.problems.isEmpty else { return nil }
        return placement.bytes
    }
}

extension PlacedSite {
    fileprivate mutating func move(through shift: LineShift) {
        let (lines, kept) = shift.moved(body)
        let start = body.lowerBound
        let old = origins
        body = lines
        origins = kept.map { line in
            line.flatMap { old.indices.contains($0 - start) ? old[$0 - start] : nil }
        }
    }
}

extension Anchor {
    /// Whether it names a part of a paragraph, not whole lines.
    var isOfSentence: Bool { if case .sentence = target { true } else { false } }
}

extension Anchor {
    /// The anchor with the names that this tree uses.
    func renamed(_ symbol: (String) -> String) -> Anchor {
        var result = self
        result.containers = containers.map { container in
            switch container {
            case .function(let name): .function(symbol(name))
            case .aggregate(let name): .aggregate(symbol(name))
            case .enumeration(let name): .enumeration(symbol(name))
            case .table(let name): .table(symbol(name))
            case .block, .section: container
            }
        }
        if case .named(let kind, let name) = target { result.target = .named(kind, symbol(name)) }
        return result
    }

    /// The names in it that a tree may have another one for.
    var symbols: [String] {
        let outer = containers.compactMap { container -> String? in
            switch container {
            case .function(let name), .aggregate(let name), .enumeration(let name), .table(let name): name
            case .block, .section: nil
            }
        }
        if case .named(_, let name) = target { return outer + [name] }
        return outer
    }
}
