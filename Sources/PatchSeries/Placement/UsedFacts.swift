// SPDX-License-Identifier: GPL-2.0-only

extension Series {
    /// The facts whose numbers stand somewhere in what was rendered.
    public func numbersUsed(in rendered: RenderedSeries) -> [FactAnswer] {
        var names: Set<String> = []
        for patch in rendered.patches {
            guard let source = patches.first(where: { $0.folder == patch.folder }) else { continue }
            names.formUnion(source.message.mentionedNames)
            for file in patch.files {
                guard let template = source.files.first(where: { $0.path == file.template })?.template else {
                    continue
                }
                let lines = file.isNew ? nil : Set(file.sites.flatMap(\.origins))
                names.formUnion(template.mentionedNames(in: lines))
            }
        }
        // A name may stand for text with others in it.
        var isGrowing = true
        while isGrowing {
            var parts: Set<String> = []
            for name in self.names where names.contains(name.name) {
                for row in name.cases {
                    let bytes = Array(row.value.utf8)
                    scanNames(bytes[...]) { parts.insert(String(decoding: bytes[$0], as: UTF8.self)) }
                }
            }
            isGrowing = !names.isSuperset(of: parts)
            names.formUnion(parts)
        }
        return rendered.facts.answers.filter { answer in
            guard case .number = answer.value else { return false }
            return names.contains(answer.identifier)
        }
    }
}

extension Template {
    /// The names in some lines (from 1), or in all of them.
    fileprivate func mentionedNames(in lines: Set<Int>?) -> Set<String> {
        guard let lines else { return mentionedNames }
        var names: Set<String> = []
        let all = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for number in lines where all.indices.contains(number - 1) {
            let line = all[number - 1]
            scanNames(line) { names.insert(String(decoding: line[$0], as: UTF8.self)) }
        }
        return names
    }
}
