// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// How a file came to be what it is: enough to say of each of its lines where it was written.
public struct FileTrace: Sendable {
    /// The template that was the file to begin with; nil for a file of the tree.
    let own: PlacedSite?
    let sites: [PlacedSite]
    /// All that sites did to it.
    let history: EditHistory
    /// The file before the first site; nil if there was none.
    let before: SourceText?

    /// Where a line was written.
    enum Origin: Equatable {
        /// In the file before the patch: its line, from 0.
        case tree(Int)
        /// In a template: its index in that one's lines.
        case template(path: String, line: Int)
    }

    /// For each line of the file after the patch.
    func origins(of text: SourceText) -> [Origin] {
        let count =
            text.lineStarts.last == text.bytes.count ? text.lineStarts.count - 1 : text.lineStarts.count
        var result: [Origin] = text.lineStarts.prefix(count).map { start in
            .tree(before.map { $0.line(at: history.original(of: start)) - 1 } ?? 0)
        }
        for site in [own].compactMap({ $0 }) + sites {
            for (line, origin) in zip(site.body, site.origins) {
                guard let origin, result.indices.contains(line) else { continue }
                result[line] = .template(path: site.templatePath, line: origin)
            }
        }
        return result
    }
}
