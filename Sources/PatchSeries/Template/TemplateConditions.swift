// SPDX-License-Identifier: GPL-2.0-only

extension Series {
    /// The options that decide about some lines of one of a patch's templates: by its conditions, and the one whose
    /// fragment it is.
    ///
    /// - Parameters:
    ///   - lines: of the template, as `PlacedSite.origins` has them.
    ///   - path: of the template, as the user knows it.
    ///   - folder: the patch.
    public func options(decidingAbout lines: Set<Int>, of path: String, in folder: String) -> [Option] {
        guard let patch = patches.first(where: { $0.folder == folder }), let template = patch.template(path)
        else { return [] }
        var names = template.conditionNames(around: lines)
        names.formUnion(patch.fragments.filter { $0.template.path == path }.map(\.condition))
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
