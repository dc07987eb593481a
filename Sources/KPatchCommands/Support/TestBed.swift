// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Git
import Kernel
import PatchSeries

/// A series with its tests, and what has to be beneath it so that they can judge.
struct TestBed {
    let loaded: LoadedSeries
    let tests: GuestTests
    let beneath: Ground?
    /// What both series ask of whoever boots them.
    let guest: GuestTests.Guest

    /// The series that comes first.
    struct Ground {
        let loaded: LoadedSeries
        let selection: Selection
    }

    /// - Parameter isBare: leave out what tests.yml puts beneath, as on a machine that lacks what it stands for.
    init(_ loaded: LoadedSeries, isBare: Bool) throws(Failure) {
        self.loaded = loaded
        tests = try Self.tests(of: loaded)
        guard let name = tests.beneath, !isBare else {
            beneath = nil
            guest = tests.guest
            return
        }
        let lower = try LoadedSeries(name, of: loaded.project)
        guard let variant = lower.series.variants.first else {
            throw Failure(.usage, "\(lower.series.manifestPath): a series beneath another needs a variant")
        }
        do {
            beneath = Ground(
                loaded: lower,
                selection: try Selection(variant: variant.name, settings: [], of: lower.series)
            )
        } catch {
            throw Failure(error)
        }
        guest = try Self.tests(of: lower).guest.with(tests.guest)
    }

    private static func tests(of loaded: LoadedSeries) throws(Failure) -> GuestTests {
        do {
            return try loaded.guestTests()
        } catch {
            throw Failure(error)
        }
    }

    /// The patches beneath, placed on the tree's base; nil if there are none.
    func ground(_ open: borrowing OpenTree) throws(Failure) -> Generation? {
        guard let beneath else { return nil }
        do {
            return try open.generate(beneath.loaded, beneath.selection)
        } catch {
            throw Failure(
                error.status,
                "\(beneath.loaded.series.name), which the tests need beneath the patch: \(error.description)\nwithout it: --bare"
            )
        }
    }
}

extension GuestTests.Guest {
    /// What this one asks and what `other`, who comes later, asks.
    fileprivate func with(_ other: GuestTests.Guest) -> GuestTests.Guest {
        GuestTests.Guest(
            kernelArguments: kernelArguments + other.kernelArguments,
            cpu: other.cpu ?? cpu
        )
    }
}

/// For verbs that build and boot without testing.
struct TestBedArguments: ParsableArguments {
    @Flag(
        name: .long,
        help: "With the series beneath that the tests need, as 'test' builds and boots it (software-psp)."
    )
    var forTests = false

    func load(_ loaded: LoadedSeries) throws(Failure) -> TestBed {
        try TestBed(loaded, isBare: !forTests)
    }
}
