// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// Places the sites of one template in one file.
struct FilePlacer {
    let template: Template
    /// Path of the kernel file in this tree.
    let target: String
    let quirks: ActiveQuirks
    let environment: Template.Environment

    /// The file after the patch, or nil if the template has nothing for this selection.
    func place(on base: BaseFile?) throws(SeriesError) -> RenderedFile? {
        let rendered = try template.render(environment)
        guard SiteReader.hasMarkers(template.bytes) else { return try whole(rendered.bytes, base?.bytes) }
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
        guard !sites.isEmpty else { return nil }
        guard let source = base?.parsed else {
            throw SeriesError(
                .placement,
                [
                    Diagnostic(
                        file: template.path,
                        line: rendered.templateLine(sites[0].line),
                        message: "\(target) is not in this tree",
                        notes: ["the template has \(sites.count) site\(sites.count == 1 ? "" : "s") for it"]
                    )
                ]
            )
        }
        return try place(sites, rendered, on: source)
    }

    /// A template without sites is a new file; KPATCH conditions may have emptied it.
    private func whole(_ bytes: [UInt8], _ base: [UInt8]?) throws(SeriesError) -> RenderedFile? {
        guard bytes.contains(where: { !($0 == 0x20 || (0x09...0x0d).contains($0)) }) else { return nil }
        guard base == nil else {
            throw SeriesError(
                .placement,
                [
                    Diagnostic(
                        file: template.path,
                        message: "\(target) is already in this tree",
                        notes: ["the template has no sites, so it is meant as a new file"]
                    )
                ]
            )
        }
        return RenderedFile(path: target, bytes: bytes, isNew: true, sites: [])
    }

    private func place(
        _ sites: [Site],
        _ rendered: Template.Rendered,
        on source: ParsedSource
    ) throws(SeriesError) -> RenderedFile {
        let text = source.text
        let resolver = AnchorResolver(source)
        var edits: [TextEdit] = []
        var placed: [PlacedSite] = []
        var problems: [Diagnostic] = []
        for site in sites {
            let line = rendered.templateLine(site.line)
            do {
                let range = try resolver.resolve(site.anchor.renamed(quirks.symbol))
                edits.append(TextEdit(range: range, replacement: site.body))
                placed.append(
                    PlacedSite(
                        anchor: "\(site.anchor)",
                        template: "\(template.path):\(line)",
                        line: text.line(at: range.lowerBound)
                    )
                )
            } catch {
                problems.append(
                    Diagnostic(
                        file: template.path,
                        line: line,
                        message: error.message(in: target),
                        notes: error.candidates.isEmpty
                            ? ["nothing in \(target) looks like it"]
                            : ["candidates:"] + error.candidates.map { "  \(target):\($0)" }
                    )
                )
            }
        }
        guard problems.isEmpty else { throw SeriesError(.placement, problems) }
        do {
            return RenderedFile(path: target, bytes: try text.applying(edits), isNew: false, sites: placed)
        } catch {
            let both = [error.first, error.second].map { placed[$0] }
            throw SeriesError(
                .placement,
                [
                    Diagnostic(
                        file: template.path,
                        line: rendered.templateLine(sites[error.second].line),
                        message: "two sites edit the same lines of \(target)",
                        notes: both.map { "\($0.template): \($0.anchor), at \(target):\($0.line)" }
                    )
                ]
            )
        }
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
}
