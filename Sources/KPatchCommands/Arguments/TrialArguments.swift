// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import SystemPackage

/// What verbs take that try many kernels and keep what is finished.
struct TrialArguments: ParsableArguments {
    @Flag(name: .long, help: "Try again what is finished, too.")
    var again = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the page to this file, too.", valueName: "file"),
        completion: .file()
    )
    var output: String?

    func write(_ page: String) throws {
        if let output { try Files.write(Array(page.utf8), to: FilePath(output)) }
    }
}
