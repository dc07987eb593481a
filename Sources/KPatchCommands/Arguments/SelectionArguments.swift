// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Kernel
import PatchSeries
import SystemPackage

/// Which series, which variant of it, and what is different from the variant.
struct SeriesArguments: ParsableArguments {
    /// The series if the user names none.
    static let preset = "kvm-sev-mirror"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The series: a folder in Templates, or the path of one elsewhere, with a slash in it.",
            valueName: "name|path"
        ),
        completion: .series
    )
    var series = Self.preset

    func files() throws -> SeriesFiles { try Self.files(series) }

    func load() throws -> LoadedSeries { try LoadedSeries(files()) }

    /// Reads a series: one in Templates by its name, or one elsewhere by its path.
    static func load(_ name: String) throws -> LoadedSeries { try LoadedSeries(files(name)) }

    static func files(_ name: String) throws -> SeriesFiles {
        // Without a state folder all is found out each time.
        let state = try? StateFolder(environment: ProcessEnvironment.variables)
        return try SeriesFiles(name, of: ProjectFiles.locate(), checked: state?.checked)
    }
}

/// What is different from the variant, whichever that is.
struct ChoiceArguments: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Another value for an option, or a number instead of the tree's next free one.",
            valueName: "option=value"
        ),
        completion: .settings,
        transform: Setting.init(parsing:)
    )
    var settings: [Setting] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "On a tree that has the feature already: refuse, or alongside to add a second way to it. (default: what the variant says; for rebase, as the branch was generated)",
            valueName: "refuse|alongside"
        )
    )
    var onUpstream: Series.OnUpstream?
}

struct SelectionArguments: ParsableArguments {
    @OptionGroup var series: SeriesArguments

    @Option(
        name: .long,
        help: ArgumentHelp("The variant to generate; 'list' shows them.", valueName: "name"),
        completion: .variants
    )
    var variant: String

    @OptionGroup var choice: ChoiceArguments

    func load() throws -> (LoadedSeries, Selection) {
        try load(series.files())
    }

    func load(_ files: SeriesFiles) throws -> (LoadedSeries, Selection) {
        let loaded = try LoadedSeries(files)
        let selection = try Selection(
            variant: variant,
            settings: choice.settings,
            onUpstream: choice.onUpstream,
            of: loaded.series
        )
        return (loaded, selection)
    }
}

extension Series.OnUpstream: ExpressibleByArgument {}
