// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How long the pieces of work took here, in earlier runs: what the next one is foretold by. A file of the state folder;
/// what can't be read or written is only not known.
package struct WorkTimes: Sendable {
    /// A piece of work, the last time.
    private struct Entry: Codable {
        var milliseconds: Int
        /// Objects, programs, tests; 0 where nothing is counted.
        var count: Int
    }

    private let file: FilePath
    private let cell: String
    private var entries: [String: Entry] = [:]

    /// More cells than anybody has.
    private static let most = 5000

    /// - Parameter cell: the tree and profile that the work is for.
    package init(_ state: StateFolder, cell: String) {
        file = state.root.appending("times.json")
        self.cell = cell
        read()
    }

    private mutating func read() {
        guard let bytes = try? Files.read(file, limit: 4 << 20),
            let known = try? JSONDecoder().decode([String: Entry].self, from: Data(bytes))
        else { return }
        entries = known
    }

    /// How long a piece took the last time in this cell; nil if it was never done.
    package func expected(_ title: String) -> Duration? {
        entries["\(cell) \(title)"].map { .milliseconds($0.milliseconds) }
    }

    private static let link = "link"
    /// What one object takes is known from so many: there are quick and slow ones.
    private static let sample = 20
    /// So many are most of a kernel, whose objects are quicker than the few that follow from a patch.
    private static let whole = 200

    private static func objects(_ count: Int) -> String { count < whole ? "objects" : "whole" }

    /// How long make takes for so many objects, and what comes after them: by this cell's times, else by those of the cell
    /// with the most objects, since another tree's take about as long.
    ///
    /// - Parameter objects: nil if nobody knows.
    package func ofMake(objects count: Int?) -> Duration? {
        guard let count else { return nil }
        let known = { (title: String) in
            entries["\(cell) \(title)"]
                ?? entries.filter { $0.key.hasSuffix(" \(title)") }.values.max { $0.count < $1.count }
        }
        guard let link = known(Self.link) else { return nil }
        guard count > 0 else { return .milliseconds(link.milliseconds) }
        let like = known(Self.objects(count)) ?? known(Self.objects(0)) ?? known(Self.objects(Self.whole))
        return like.map { .milliseconds($0.milliseconds * count / max($0.count, 1) + link.milliseconds) }
    }

    /// Keeps how long make took.
    package mutating func keepMake(objects count: Int, compiling: Duration, linking: Duration) {
        keep(Self.link, linking)
        let title = Self.objects(count)
        let isSample = count >= Self.sample || entries["\(cell) \(title)"] == nil
        if count > 0, isSample { keep(title, compiling, count: count) }
    }

    /// Keeps how long a piece took.
    package mutating func keep(_ title: String, _ duration: Duration, count: Int = 0) {
        read()
        guard entries.count < Self.most || entries["\(cell) \(title)"] != nil else { return }
        entries["\(cell) \(title)"] = Entry(milliseconds: duration.milliseconds, count: count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        guard let data = try? encoder.encode(entries) else { return }
        // A display's memory is nothing to fail for.
        try? Files.write([UInt8](data), to: file)
    }
}

extension Duration {
    /// For people: `0:07`, `1:23`, `1:02:03`.
    package var onClock: String {
        let seconds = max(Int(components.seconds), 0)
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return seconds < 3600
            ? "\(seconds / 60):\(two(seconds % 60))"
            : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
