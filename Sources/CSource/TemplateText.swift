// SPDX-License-Identifier: GPL-2.0-only

import Base

extension SiteFinder {
    /// The template that holds these sites: each in what stands around it in the file.
    public func template(_ sites: [FoundSite]) -> [UInt8] {
        // Behind a section's title all is in that section.
        let free = sites.filter(\.shown.isEmpty)
        let others = sites.filter { !$0.shown.isEmpty }
        let ordered = language == .c ? sites : free + others
        var result: [UInt8] = []
        var open: [FoundSite.Shown] = []
        func close(downTo count: Int) {
            while open.count > count { result += open.removeLast().end }
        }
        for (index, site) in ordered.enumerated() {
            let common = zip(open, site.shown).prefix { $0 == $1 }.count
            close(downTo: common)
            if index > 0 { result += "\n".utf8 }
            for shown in site.shown[common...] {
                result += shown.head
                open.append(shown)
            }
            let indent = language == .c ? indent(site) : []
            result += indent + Array(mark(site.marker).utf8) + site.body
            result += indent + Array(mark("end").utf8)
        }
        close(downTo: 0)
        return result
    }

    private func mark(_ words: String) -> String {
        switch language {
        case .c: "/* kpatch: \(words) */\n"
        case .reST: ".. kpatch: \(words)\n"
        case .prose, .plain: "# kpatch: \(words)\n"
        }
    }

    /// That of the code at the site.
    private func indent(_ site: FoundSite) -> [UInt8] {
        guard !site.shown.isEmpty else { return [] }
        if site.marker != "hunk" {
            let own = site.body.prefix { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            if !own.isEmpty { return Array(own) }
        }
        return [UInt8](repeating: UInt8(ascii: "\t"), count: site.shown.count)
    }
}
