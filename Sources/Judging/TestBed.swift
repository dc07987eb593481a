// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import PatchSeries

/// A series with its tests, and what has to be beneath it so that they can judge.
package struct TestBed {
    package let loaded: LoadedSeries
    package let tests: GuestTests
    package let beneath: Ground?
    /// What both series ask of whoever boots them.
    package let guest: GuestTests.Guest

    /// The series that comes first.
    package struct Ground {
        package let loaded: LoadedSeries
        package let selection: Selection
    }

    /// - Parameters:
    ///   - isBare: leave out what tests.yml puts beneath, as on a machine that lacks what it stands for.
    ///   - load: finds that series by its name.
    package init(_ loaded: LoadedSeries, isBare: Bool, loading load: (String) throws -> LoadedSeries) throws {
        self.loaded = loaded
        tests = try Self.tests(of: loaded)
        guard let name = tests.beneath, !isBare else {
            beneath = nil
            guest = tests.guest
            return
        }
        let lower = try load(name)
        guard let variant = lower.series.variants.first else {
            throw Failure(.user, "\(lower.series.manifestPath): a series beneath another needs a variant")
        }
        beneath = Ground(
            loaded: lower,
            selection: try Selection(variant: variant.name, settings: [], of: lower.series)
        )
        guest = try Self.tests(of: lower).guest.with(tests.guest)
    }

    /// Checked against the profiles that there are: a test for one that is misspelt would run nowhere, and nobody would notice.
    private static func tests(of loaded: LoadedSeries) throws -> GuestTests {
        let tests = try loaded.guestTests()
        let known = try Profiles(folder: loaded.project.kernelConfig).all.map(\.name)
        for program in tests.programs {
            for name in program.profiles where !known.contains(name) {
                let hint = didYouMean(name, known).map { "; \($0)" }.joined()
                throw Failure(
                    .user,
                    "\(tests.path):\(program.line): \(program.name) is for a profile '\(name.onOneLine)', which there isn't\(hint)"
                )
            }
        }
        return tests
    }

    /// The patches beneath, placed on the tree's base; nil if there are none.
    ///
    /// - Parameter people: whose commits they are; nil for those that the repository's configuration names.
    package func ground(on base: borrowing BaseCommit, by people: People? = nil) throws -> GeneratedSeries? {
        guard let beneath else { return nil }
        do {
            return try base.generate(beneath.loaded, beneath.selection, by: people)
        } catch let error as any Blamed {
            throw Failure(
                error.fault,
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
