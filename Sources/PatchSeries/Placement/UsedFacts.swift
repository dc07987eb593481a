// SPDX-License-Identifier: GPL-2.0-only

extension Series {
    /// The facts whose numbers stand somewhere in what was rendered.
    public func numbersUsed(in rendered: RenderedSeries) -> [FactAnswer] {
        var names: Set<String> = []
        for patch in rendered.patches {
            guard let source = patches.first(where: { $0.folder == patch.folder }) else { continue }
            names.formUnion(source.message.mentionedNames)
            for file in patch.files {
                if let whole = file.whole, let template = source.template(whole) {
                    names.formUnion(template.mentionedNames)
                }
                for site in file.sites {
                    guard let template = source.template(site.templatePath) else { continue }
                    names.formUnion(template.mentionedNames(in: site.origins.compactMap { $0 }))
                }
            }
        }
        // A name may stand for text with others in it.
        var isGrowing = true
        while isGrowing {
            var parts: Set<String> = []
            for name in self.names where names.contains(name.name) {
                for row in name.cases { parts.formUnion(mentionedNames(row.value)) }
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

extension Series.Patch {
    /// One of its templates, by its path as the user knows it.
    func template(_ path: String) -> Template? { templates.first { $0.path == path } }
}
