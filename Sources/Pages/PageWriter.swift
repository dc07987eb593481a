// SPDX-License-Identifier: GPL-2.0-only

import Base
import Matrix
import SystemPackage

/// Writes a page into a folder: index.html, style.css, badge.svg, a page per cell (`c/`), and files to be looked at (`f/`).
package struct PageWriter {
    private let templates: PageTemplates
    private let style: [UInt8]
    private let script: [UInt8]

    private static let names = ["index.html", "style.css", "filter.js", "badge.svg", "c", "f"]
    /// Bytes of the whole, which is to be sent around, and about as many as a cell's page has without its log: what is left
    /// is for logs and other files.
    private static let size = 4_700_000
    private static let cellSize = 3000
    private static let leastForLogs = 200_000
    private static let logLimit = 96 << 10

    /// - Parameter folder: Templates/page.
    package init(templates folder: FilePath) throws {
        var texts: [String: String] = [:]
        for name in ["index", "cell"] {
            let path = folder.appending("\(name).mustache")
            texts[name] = String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self)
        }
        templates = try PageTemplates(texts)
        style = try Files.read(folder.appending("style.css"), limit: 1 << 20)
        script = try Files.read(folder.appending("filter.js"), limit: 1 << 20)
    }

    /// Refuses a folder that holds something else.
    package static func requireRoom(at folder: FilePath) throws {
        guard Files.exists(folder) else { return }
        guard Files.isFolder(folder) else { throw PageError.input("\(folder) is a file: name a folder") }
        let found = try Files.names(in: folder)
        guard let other = found.first(where: { !names.contains($0) }) else { return }
        throw PageError.input(
            "\(folder) holds something else than a page, such as \(other.onOneLine): name another folder"
        )
    }

    /// In place of the page that is there; whoever reads finds the old one or the new one.
    package func write(_ source: PageSource, to folder: FilePath) throws {
        let target = Files.absolute(folder)
        try Self.requireRoom(at: target)
        let name = target.lastComponent?.string ?? "page"
        let work = try Files.makeTemporaryFolder(in: target.removingLastComponent(), prefix: ".\(name)")
        do {
            try fill(work, source)
            // mkdtemp's folder is its owner's alone; a page is for others.
            try Files.remove(target)
            try Files.rename(work, to: target)
            try Files.openToAll(target)
        } catch {
            // What went wrong is the news, not what is left of it.
            try? Files.remove(work)
            throw error
        }
    }

    private func fill(_ folder: FilePath, _ source: PageSource) throws {
        let cells = PageCell.all(source.matrix)
        try Files.makeFolder(folder.appending("c"))
        try Files.makeFolder(folder.appending("f"))
        let index = IndexPage(source: source, cells: cells, placements: PlacementMap(cells))
        let first = try templates.render(index.values, "index")
        try write(first, folder.appending("index.html"))
        let rest = max(Self.leastForLogs, Self.size - first.utf8.count - cells.count * Self.cellSize)
        try Files.write(style, to: folder.appending("style.css"))
        try Files.write(script, to: folder.appending("filter.js"))
        try write(Badge(cells.map(\.verdict)).svg, folder.appending("badge.svg"))
        var files = PageFiles(folder: folder, budget: min(1_500_000, rest / 3))
        var logBudget = min(2_000_000, rest / 2)
        // What failed is what people want to read.
        for cell in cells.sorted(by: {
            ($0.verdict.isFailure ? 0 : 1, $0.number) < ($1.verdict.isFailure ? 0 : 1, $1.number)
        }) {
            let page = CellPage(
                cell: cell,
                log: try log(of: cell, &logBudget),
                files: try files.add(cell)
            )
            try write(try templates.render(page.values, "cell"), folder.appending(cell.page))
        }
    }

    private func log(of cell: PageCell, _ budget: inout Int) throws -> LogView? {
        guard let folder = cell.folder, budget > 4096,
            folder.result.files.contains(where: { $0.path == ResultFolder.consoleName })
        else { return nil }
        let bytes = try Files.read(
            folder.path.appending(ResultFolder.consoleName),
            limit: ResultFolder.fileLimit
        )
        let view = LogView(bytes, limit: min(Self.logLimit, budget))
        budget -= view.html.utf8.count
        return view
    }

    private func write(_ text: String, _ path: FilePath) throws {
        try Files.write(Array(text.utf8), to: path)
    }
}

/// Patches and configurations, each once however many cells have it.
private struct PageFiles {
    let folder: FilePath
    var budget: Int
    private var written: [String: String] = [:]

    init(folder: FilePath, budget: Int) {
        self.folder = folder
        self.budget = budget
    }

    mutating func add(_ cell: PageCell) throws -> [(name: String, path: String)] {
        guard let result = cell.folder else { return [] }
        var links: [(String, String)] = []
        for (name, title) in [
            (ResultFolder.patchesName, "patches"), (ResultFolder.configName, "configuration"),
        ] {
            guard let file = result.result.files.first(where: { $0.path == name }), file.bytes > 0 else {
                continue
            }
            if let known = written[file.sha256] {
                links.append((title, known))
                continue
            }
            guard file.bytes <= budget else { continue }
            budget -= file.bytes
            // As text: a browser is not to make anything of a stranger's file.
            let path = "f/\(file.sha256.prefix(16)).txt"
            try Files.write(
                try Files.read(result.path.appending(name), limit: ResultFolder.fileLimit),
                to: folder.appending(path)
            )
            written[file.sha256] = "../" + path
            links.append((title, "../" + path))
        }
        return links
    }
}

/// A badge for a README: how many cells failed.
package struct Badge {
    private let verdicts: [CellVerdict]

    package init(_ verdicts: [CellVerdict]) {
        self.verdicts = verdicts
    }

    package var text: String {
        let failed = verdicts.count(where: \.isFailure)
        if failed > 0 { return "\(failed) of \(verdicts.count) failed" }
        let passed = verdicts.count { $0 == .pass }
        let lost = verdicts.count { !$0.isAnswer }
        return lost > 0 ? "\(lost) of \(verdicts.count) missing" : "\(passed) pass"
    }

    package var svg: String {
        let failed = verdicts.contains(where: \.isFailure)
        let colour = failed ? "#b42318" : verdicts.contains { !$0.isAnswer } ? "#6b4e00" : "#116329"
        let text = Markup.escaped(text)
        let width = 70 + text.count * 7 + 14
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="20" role="img" aria-label="kpatch-gen: \(text)">\
            <title>kpatch-gen: \(text)</title>\
            <rect width="76" height="20" fill="#444"/><rect x="76" width="\(width - 76)" height="20" fill="\(colour)"/>\
            <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\
            <text x="6" y="14">kpatch-gen</text><text x="82" y="14">\(text)</text></g></svg>

            """
    }
}
