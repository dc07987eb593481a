// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Generation
import Judging

/// For verbs that build and boot without testing.
struct TestBedArguments: ParsableArguments {
    @Flag(
        name: .long,
        help: "With the series beneath that the tests need, as 'test' builds and boots it (software-psp)."
    )
    var forTests = false

    func load(_ loaded: LoadedSeries) throws -> TestBed {
        try TestBed(loaded, isBare: !forTests, loading: SeriesArguments.load)
    }
}

/// For verbs that run the tests, or keep them to be run.
struct BareArguments: ParsableArguments {
    @Flag(
        name: .long,
        help:
            "Without the series that the tests need beneath (software-psp): what the machine lacks isn't exercised."
    )
    var bare = false
}
