// SPDX-License-Identifier: GPL-2.0-only

import CSource
import TestSupport

extension RandomEdit {
    /// Edits that any file can have.
    func line(_ file: Original, _ site: Site, _ generator: inout SeededGenerator) -> [String]? {
        let lines = file.lines
        let near = max(1, site.line - 4)..<min(site.line + 4, lines.count)
        guard let index = near.map({ $0 - 1 }).filter({ isPlain(lines, $0) }).randomElement(using: &generator)
        else { return nil }
        var result = lines
        switch self {
        case .duplicateLine: result.insert(lines[index], at: index)
        case .swapLines:
            guard isPlain(lines, index + 1) else { return nil }
            result.swapAt(index, index + 1)
        case .removeLine: result.remove(at: index)
        case .respaceLine:
            result[index] = lines[index].replacing("\t", with: "        ") + [" ", "\t"][index % 2]
        case .insertSection where file.language == .reST:
            let title = "99.\(index) KPATCH_SECTION {"
            let rule = String(
                repeating: ["-", "=", "~"].randomElement(using: &generator) ?? "-",
                count: title.count
            )
            result.insert(contentsOf: ["", title, rule, "", "::", "", "\t" + title, ""], at: index)
        case .copyTitle where file.language == .reST:
            guard let title = site.named else { return nil }
            let copies = [
                ["", "See", title, ""],
                ["", "  " + title, "  " + String(repeating: "=", count: title.count), ""],
                ["", title, "==", ""], ["", "=====  =====", title, "=====  =====", ""],
            ]
            result.insert(contentsOf: copies.randomElement(using: &generator) ?? [], at: index)
        default: return nil
        }
        return result
    }

    /// A line that can go without breaking what is around it.
    private func isPlain(_ lines: [String], _ index: Int) -> Bool {
        guard lines.indices.contains(index), index > 0 else { return false }
        let line = lines[index]
        return !line.contains { "{}()#*".contains($0) } && !line.hasSuffix("\\")
            && !lines[index - 1].hasSuffix("\\")
            && (line.hasSuffix(";") || line.hasSuffix(",") || line.isEmpty || !line.contains(";"))
    }
}
