// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

extension Template {
    /// The names in the conditions that stand around these lines (from 1).
    public func conditionNames(around lines: Set<Int>) -> Set<String> {
        var found: Set<String> = []
        // What each open #if asked so far; nothing for the kernel's own.
        var open: [Set<String>] = []
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if lines.contains(number) { for names in open { found.formUnion(names) } }
            guard line.first == UInt8(ascii: "#") else { continue }
            var names: Set<String> = []
            scanNames(line) { names.insert(String(decoding: line[$0], as: UTF8.self)) }
            let text = String(decoding: line.dropFirst(), as: UTF8.self).trimmed
            if text.hasPrefix("if") {
                open.append(names)
            } else if text.hasPrefix("elif") {
                if let last = open.popLast() { open.append(last.union(names)) }
            } else if text.hasPrefix("endif") {
                _ = open.popLast()
            }
        }
        return found
    }
}

extension Series {
    /// The options that decide about some lines (from 1) of a patch's template.
    ///
    /// - Parameters:
    ///   - folder: the patch.
    ///   - path: of the template in that folder.
    public func options(decidingAbout lines: Set<Int>, of path: String, in folder: String) -> [Option] {
        guard let patch = patches.first(where: { $0.folder == folder }),
            let template = patch.files.first(where: { $0.path == path })?.template
        else { return [] }
        var names = template.conditionNames(around: lines)
        // A condition may be made of others, which stand before it in series.yml or behind it.
        var isGrowing = true
        while isGrowing {
            let parts = conditions.filter { names.contains($0.name) }.flatMap(\.condition.names)
            isGrowing = !names.isSuperset(of: parts)
            names.formUnion(parts)
        }
        return options.filter { option in
            option.values.contains { names.contains(Self.conditionName(option.name, $0.name)) }
        }
    }
}
