// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// A file as the patches before have left it, beside what the tree has.
struct WorkingFile {
    /// Its path in the tree.
    let path: String
    /// nil if the tree doesn't have it.
    let base: BaseFile?
    private var changed: [UInt8]?
    /// What was done to it since.
    private(set) var history = EditHistory()

    init(_ path: String, _ base: BaseFile?) {
        self.path = path
        self.base = base
    }

    var exists: Bool { changed != nil || base != nil }

    /// With its structure, which is found anew: ask once, and only if there is something to place.
    var current: BaseFile? {
        get throws(SeriesError) {
            guard let changed else { return base }
            return try BaseFile(path: path, bytes: changed)
        }
    }

    /// Lines of the tree's file that the series replaces: what stands there isn't declared any more.
    private var replaced: [ClosedRange<Int>] = []

    func replaces(_ line: Int) -> Bool { replaced.contains { $0.contains(line) } }

    mutating func note(replaced anchor: Anchor) {
        guard let text = base?.parsed.text, let parsed = base?.parsed,
            let range = try? AnchorResolver(parsed).resolve(anchor), !range.isEmpty
        else { return }
        replaced.append(text.line(at: range.lowerBound)...text.line(at: range.upperBound - 1))
    }

    mutating func change(to bytes: [UInt8], by edits: [TextEdit] = []) {
        changed = bytes
        history.add(edits)
    }
}

/// Places the sites of one template in one file.
struct FilePlacer {
    let template: Template
    /// The kernel file that the template is for.
    let path: String
    let quirks: ActiveQuirks
    let environment: Template.Environment

    /// Path of the kernel file in this tree.
    var target: String { quirks.path(path) }

    /// Changes the file as the template says, unless something doesn't fit; nil if the template has nothing for this
    /// selection.
    ///
    /// Throws `.series` if the template is wrong.
    func place(on file: inout WorkingFile) throws(SeriesError) -> FilePlacement? {
        let rendered: Template.Rendered
        do {
            rendered = try template.render(environment)
        } catch {
            guard error.kind == .placement else { throw error }
            return placement(problems: error.diagnostics)
        }
        guard SiteReader.hasMarkers(template.bytes) else { return whole(rendered.bytes, &file) }
        let sites: [Site]
        do {
            sites = try SiteReader(SourceText(rendered.bytes), language: SourceLanguage(path: target)).sites()
        } catch {
            throw SeriesError(
                .series,
                [
                    Diagnostic(
                        file: template.path,
                        line: rendered.templateLine(error.line),
                        message: error.description
                    )
                ]
            )
        }
        guard let first = sites.first else { return nil }
        guard let current = try file.current else {
            let problem = Diagnostic(
                file: template.path,
                line: rendered.templateLine(first.line),
                message: "\(target) is not in this tree",
                notes: ["the template has \(sites.count) site\(sites.count == 1 ? "" : "s") for it"]
            )
            let placed = sites.map { placement($0, rendered, .nowhere(problem)) }
            return placement(sites: placed, problems: [problem])
        }
        return place(sites, rendered, in: &file, current)
    }

    private func placement(
        bytes: [UInt8]? = nil,
        isNew: Bool = false,
        isPresent: Bool = false,
        sites: [SitePlacement] = [],
        problems: [Diagnostic] = []
    ) -> FilePlacement {
        FilePlacement(
            template: template.path,
            path: path,
            target: target,
            quirk: quirks.row(path: path),
            bytes: bytes,
            isNew: isNew,
            isPresent: isPresent || sites.contains(where: \.isPresent),
            sites: sites,
            problems: problems
        )
    }

    private func placement(
        _ site: Site,
        _ rendered: Template.Rendered,
        _ place: SitePlacement.Place,
        body: Range<Int> = 0..<0
    ) -> SitePlacement {
        SitePlacement(
            anchor: "\(site.anchor)",
            templateLine: rendered.templateLine(site.line),
            quirks: site.anchor.symbols.compactMap(quirks.row(symbol:)),
            place: place,
            body: body,
            origins: body.indices.map { rendered.templateLine(site.line + 1 + $0 - body.lowerBound) }
        )
    }

    /// A template without sites is a new file; KPATCH conditions may have emptied it.
    private func whole(_ bytes: [UInt8], _ file: inout WorkingFile) -> FilePlacement? {
        guard bytes.contains(where: { !($0 == 0x20 || (0x09...0x0d).contains($0)) }) else { return nil }
        guard !file.exists else {
            return placement(
                isNew: true,
                isPresent: true,
                problems: [
                    Diagnostic(
                        file: template.path,
                        message: "\(target) is already in this tree",
                        notes: ["the template has no sites, so it is meant as a new file"]
                    )
                ]
            )
        }
        file.change(to: bytes)
        return placement(bytes: bytes, isNew: true)
    }

    private func place(
        _ sites: [Site],
        _ rendered: Template.Rendered,
        in file: inout WorkingFile,
        _ current: BaseFile
    ) -> FilePlacement {
        let text = current.parsed.text
        let anchors = sites.map { $0.anchor.renamed(quirks.symbol) }
        let found = anchors.map { anchor in resolve(anchor, in: current) }
        for anchor in anchors where anchor.relation.isReplacement { file.note(replaced: anchor) }
        var places = zip(sites, zip(anchors, found)).map { site, result -> SitePlacement.Place in
            let present =
                file.base.map { base in
                    AnchorResolver(base.parsed).present(result.0, body: site.body).filter {
                        !file.replaces($0.line)
                    }
                } ?? []
            guard present.isEmpty else {
                return .present(
                    Diagnostic(
                        file: target,
                        line: present[0].line,
                        message: present[0].text,
                        notes: present.dropFirst().map { "\(target):\($0)" }
                            + ["from \(template.path):\(rendered.templateLine(site.line))"]
                    )
                )
            }
            switch result.1 {
            case .success(let range):
                let treeOffset = file.history.original(of: range.lowerBound)
                return .at(
                    line: text.line(at: range.lowerBound),
                    treeLine: file.base?.parsed.text.line(at: treeOffset) ?? text.line(at: range.lowerBound)
                )
            case .failure(let error):
                // The tree's own lines are what the user can look at, unless an earlier patch is what is in the way.
                let own = file.base.flatMap { base in
                    if case .failure(let own) = resolve(result.0, in: base) { own } else { nil }
                }
                return .nowhere(problem(own ?? error, at: rendered.templateLine(site.line)))
            }
        }
        let edits = zip(sites, found).compactMap { site, result in
            (try? result.get()).map { TextEdit(range: $0, replacement: site.body) }
        }
        var bytes: [UInt8]?
        var bodies = [Range<Int>](repeating: 0..<0, count: sites.count)
        let isPresent = places.contains { if case .present = $0 { true } else { false } }
        if edits.count == sites.count, !isPresent {
            do {
                let changed = try text.applying(edits)
                file.change(to: changed, by: edits)
                bytes = changed
                bodies = text.lines(of: edits)
            } catch {
                let notes = [error.first, error.second].map { index in
                    "\(template.path):\(rendered.templateLine(sites[index].line)): \(sites[index].anchor), at \(target):\(text.line(at: edits[index].range.lowerBound))"
                }
                places[error.second] = .nowhere(
                    Diagnostic(
                        file: template.path,
                        line: rendered.templateLine(sites[error.second].line),
                        message: "two sites edit the same lines of \(target)",
                        notes: notes
                    )
                )
            }
        }
        return placement(
            bytes: bytes,
            sites: zip(sites, zip(places, bodies)).map { placement($0, rendered, $1.0, body: $1.1) },
            problems: places.compactMap(\.problem)
        )
    }

    private func resolve(_ anchor: Anchor, in file: BaseFile) -> Result<Range<Int>, AnchorError> {
        do { return .success(try AnchorResolver(file.parsed).resolve(anchor)) } catch {
            return .failure(error)
        }
    }

    private func problem(_ error: AnchorError, at line: Int) -> Diagnostic {
        Diagnostic(
            file: template.path,
            line: line,
            message: error.message(in: target),
            notes: error.candidates.isEmpty
                ? ["nothing in \(target) looks like it"]
                : ["candidates:"] + error.candidates.map { "  \(target):\($0)" }
        )
    }
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
            case .block: container
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
            case .block: nil
            }
        }
        if case .named(_, let name) = target { return outer + [name] }
        return outer
    }
}
