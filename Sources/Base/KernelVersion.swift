// SPDX-License-Identifier: GPL-2.0-only

/// The version of a kernel tree, as its top Makefile states it.
///
/// A release candidate sorts before its release. A zero SUBLEVEL is left out
/// when printed, because kernel tags leave it out (`v6.1`, `v7.3-rc7`).
public struct KernelVersion: Sendable, Hashable {
    /// VERSION: the 5 of 5.10.262.
    public var version: Int
    /// PATCHLEVEL: the 10 of 5.10.262.
    public var patchLevel: Int
    /// SUBLEVEL: the 262 of 5.10.262; 0 for a mainline release.
    public var sublevel: Int
    /// The 7 of `-rc7`; nil for a release.
    public var releaseCandidate: Int?
    /// What follows in EXTRAVERSION that is no `-rc`, its dash included.
    public var extra: String

    public init(
        _ version: Int,
        _ patchLevel: Int,
        _ sublevel: Int = 0,
        releaseCandidate: Int? = nil,
        extra: String = ""
    ) {
        self.version = version
        self.patchLevel = patchLevel
        self.sublevel = sublevel
        self.releaseCandidate = releaseCandidate
        self.extra = extra
    }

    /// The series a kernel belongs to: `5.10` of 5.10.262.
    public var series: String { "\(version).\(patchLevel)" }

    /// Whether it may stand for all of its series: `5.10`, which is also a release.
    public var isSeries: Bool { sublevel == 0 && releaseCandidate == nil && extra.isEmpty }

    /// The version without the tag's `v`: `5.10.262`, `7.3-rc7`.
    public var number: String {
        let sub = sublevel == 0 ? "" : ".\(sublevel)"
        let candidate = releaseCandidate.map { "-rc\($0)" } ?? ""
        return "\(version).\(patchLevel)\(sub)\(candidate)\(extra)"
    }
}

extension KernelVersion: CustomStringConvertible {
    /// As git tags write it: `v5.10.262`.
    public var description: String { "v" + number }
}

extension KernelVersion: Comparable {
    public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
        let mine = (left.version, left.patchLevel, left.sublevel, left.releaseCandidate ?? .max)
        let other = (right.version, right.patchLevel, right.sublevel, right.releaseCandidate ?? .max)
        return mine == other ? left.extra < right.extra : mine < other
    }
}

/// Why something is not a kernel version.
public struct KernelVersionError: Blamed, Hashable {
    public var fault: Fault { .user }
    public let description: String
}

extension KernelVersion {
    /// Reads "5.10.262", "v7.3-rc7", "5.13".
    public init(_ text: some StringProtocol) throws(KernelVersionError) {
        let refused = KernelVersionError(
            description: "'\(text)' is not a kernel version; write it like 5.10.262, 5.10 or v7.3-rc7"
        )
        let body = text.first == "v" ? text.dropFirst() : text[...]
        let dash = body.firstIndex(of: "-") ?? body.endIndex
        let numbers = body[..<dash].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 2 || numbers.count == 3 else { throw refused }
        var parsed: [Int] = []
        for number in numbers {
            guard let value = Self.number(number) else { throw refused }
            parsed.append(value)
        }
        let (candidate, extra) = Self.splitExtra(body[dash...])
        self.init(
            parsed[0],
            parsed[1],
            parsed.count == 3 ? parsed[2] : 0,
            releaseCandidate: candidate,
            extra: extra
        )
    }

    /// Reads VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION of a tree's top Makefile.
    public init(makefile bytes: [UInt8]) throws(KernelVersionError) {
        var values: [Substring: Substring] = [:]
        // The four stand at the head of the file; later assignments of the
        // same names (none today) would be something else.
        for line in bytes.prefix(4096).split(separator: UInt8(ascii: "\n")) where values.count < 4 {
            guard line.contains(UInt8(ascii: "=")) else { continue }
            let line = String(decoding: line, as: UTF8.self)
            guard let equals = line.firstIndex(of: "=") else { continue }
            let name = line[..<equals].trimmed
            guard ["VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"].contains(name), values[name] == nil
            else { continue }
            values[name] = line[line.index(after: equals)...].trimmed
        }
        func number(_ name: Substring) throws(KernelVersionError) -> Int {
            guard let text = values[name], let value = Self.number(text) else {
                throw KernelVersionError(
                    description:
                        "the Makefile has no number for \(name), so it is not a kernel's top Makefile"
                )
            }
            return value
        }
        let (candidate, extra) = Self.splitExtra(values["EXTRAVERSION"] ?? "")
        self.init(
            try number("VERSION"),
            try number("PATCHLEVEL"),
            // A tree of the two numbers alone is 5.10.0.
            try values["SUBLEVEL"] == nil ? 0 : number("SUBLEVEL"),
            releaseCandidate: candidate,
            extra: extra
        )
    }

    private static func splitExtra(_ text: some StringProtocol) -> (Int?, String) {
        guard text.hasPrefix("-rc") else { return (nil, String(text)) }
        let digits = text.dropFirst(3).prefix(while: { $0.isASCII && $0.isNumber })
        guard let candidate = Int(digits) else { return (nil, String(text)) }
        return (candidate, String(text.dropFirst(3 + digits.count)))
    }

    /// Only plain digits: `Int("+5")` would be accepted otherwise.
    private static func number(_ text: some StringProtocol) -> Int? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}
