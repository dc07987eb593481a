// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// A kernel release as quirks compare it: `5.10`, `5.10.262`, `7.3-rc7`.
///
/// PatchSeries has its own because it is pure and knows nobody; the order is
/// git's version order with `-rc` before the release.
public struct Release: Sendable, Comparable, CustomStringConvertible {
    public let version: Int
    public let patchLevel: Int
    public let subLevel: Int
    /// nil for a release, n for `-rcn`.
    public let candidate: Int?

    public init?(_ text: some StringProtocol) {
        var rest = text[...]
        if rest.hasPrefix("v") { rest = rest.dropFirst() }
        let parts = rest.split(separator: "-", maxSplits: 1)
        guard let first = parts.first else { return nil }
        let numbers = first.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(numbers.count), let version = numbers[0], let patchLevel = numbers[1] else {
            return nil
        }
        guard numbers.count == 2 || numbers[2] != nil else { return nil }
        self.version = version
        self.patchLevel = patchLevel
        subLevel = numbers.count == 3 ? numbers[2] ?? 0 : 0
        candidate =
            parts.count == 2 && parts[1].hasPrefix("rc")
            ? Int(parts[1].dropFirst(2).prefix { $0.isNumber }) : nil
    }

    /// Reads VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION of a kernel's top Makefile.
    public init?(makefile: [UInt8]) {
        var values: [String: String] = [:]
        for line in String(decoding: makefile.prefix(2000), as: UTF8.self).split(separator: "\n").prefix(20) {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard let key = parts.first else { continue }
            values[trim(key)] = parts.count == 2 ? trim(parts[1]) : ""
        }
        guard let version = values["VERSION"], let patchLevel = values["PATCHLEVEL"] else { return nil }
        let extra = values["EXTRAVERSION"].map { $0.hasPrefix("-rc") ? $0 : "" } ?? ""
        self.init("\(version).\(patchLevel).\(values["SUBLEVEL"] ?? "0")\(extra)")
    }

    private var key: [Int] { [version, patchLevel, subLevel, candidate ?? Int.max] }

    public static func < (left: Release, right: Release) -> Bool {
        left.key.lexicographicallyPrecedes(right.key)
    }

    public var description: String {
        let base = subLevel == 0 ? "\(version).\(patchLevel)" : "\(version).\(patchLevel).\(subLevel)"
        return candidate.map { "\(base)-rc\($0)" } ?? base
    }
}
