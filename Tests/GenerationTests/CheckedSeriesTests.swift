// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Generation
import Git
import PatchSeries
import SystemPackage
import Testing

/// What the state folder knows of a series, which must never say more than is true.
@Suite final class CheckedSeriesTests {
    let folder = FilePath(NSTemporaryDirectory() + "checked-tests-\(UUID().uuidString)")
    let project: ProjectFiles

    init() throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Series/kvm-vm-seal")
        project = ProjectFiles(root: folder)
        try Files.makeFolder(folder.appending("Templates"))
        try FileManager.default.copyItem(atPath: source.path, toPath: series.string)
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? FileManager.default.removeItem(atPath: folder.string)
    }

    private var series: FilePath { folder.appending("Templates/seal") }
    private var record: FilePath { folder.appending("state/series-seal") }

    private func load(checked: Bool = true) throws -> LoadedSeries {
        try LoadedSeries(
            SeriesFiles("seal", of: project, checked: checked ? folder.appending("state") : nil)
        )
    }

    /// All that a series says, with lines. Sorted: a dictionary has an order of its own each time.
    private func text(_ loaded: LoadedSeries) -> [String] {
        var text = "\(loaded.digest)\n"
        dump(loaded.series, to: &text)
        return text.split(separator: "\n").map(String.init).sorted()
    }

    @Test func whatIsKeptIsWhatIsRead() throws {
        let unkept = text(try load(checked: false))
        #expect(!Files.exists(record))
        #expect(text(try load()) == unkept)
        let kept = try Files.read(record)
        #expect(text(try load()) == unkept)
        #expect(try Files.read(record) == kept)
    }

    /// On the checkout's own folder: one that was just written isn't believed to look different after a change.
    @Test func aFolderThatLooksTheSameIsNotRead() throws {
        let original = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Series/kvm-vm-seal").path
        let state = folder.appending("state")
        func read() throws -> SeriesFiles { try SeriesFiles(original, of: project, checked: state) }
        let first = try read()
        #expect(!first.isAsKept)
        let wanted = text(try LoadedSeries(first))
        let second = try read()
        #expect(second.isAsKept)
        #expect(second.files == first.files)
        #expect(text(try LoadedSeries(second)) == wanted)
        // That of the test is new.
        _ = try load()
        #expect(!(try SeriesFiles("seal", of: project, checked: state)).isAsKept)
    }

    @Test func aChangeIsSeen() throws {
        let before = try load()
        let manifest = series.appending("series.yml")
        let text = String(decoding: try Files.read(manifest), as: UTF8.self)
        try Files.write(Array(("# a line more\n" + text).utf8), to: manifest)
        let after = try load()
        #expect(after.digest != before.digest)
        #expect(self.text(after) == self.text(try load(checked: false)))
        try Files.write(Array((text + "unknown: key\n").utf8), to: manifest)
        #expect(throws: SeriesError.self) { try load() }
        // A series with a fault is checked, and refused, each time.
        #expect(throws: SeriesError.self) { try load() }
    }

    /// Every byte of the record counts, but for none does anybody ask.
    @Test func aDamagedRecordIsMadeAnew() throws {
        let wanted = text(try load())
        let kept = try Files.read(record)
        let places =
            Array(stride(from: 0, to: kept.count, by: max(1, kept.count / 8)))
            + Array(kept.count - 10..<kept.count)
        for place in places {
            var damaged = kept
            damaged[place] ^= 1
            try Files.write(damaged, to: record)
            #expect(text(try load()) == wanted)
            #expect(try Files.read(record).count == kept.count, "after damage at \(place)")
        }
        for length in [0, 10, kept.count / 2, kept.count - 1] {
            try Files.write(Array(kept.prefix(length)), to: record)
            #expect(text(try load()) == wanted)
            #expect(try Files.read(record).count == kept.count)
        }
    }
}
