// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Finds the text behind a hunk's second `@@`: the last line above the hunk that begins a function or section.
///
/// For C the rule is that of git's `cpp` driver, which the kernel's `.gitattributes` asks for: a `goto` label is not
/// a beginning. It must not depend on whether there is a work tree that those attributes could be read from.
struct HunkHeadings {
    private let lines: [ArraySlice<UInt8>]
    private let isC: Bool

    init(_ bytes: [UInt8], path: String) {
        lines = bytes.lines
        isC = path.hasSuffix(".c") || path.hasSuffix(".h")
    }

    /// The heading for a hunk that begins below so many lines; nil if none of them begins anything.
    func heading(above count: Int) -> ArraySlice<UInt8>? {
        guard let line = lines.prefix(max(count, 0)).last(where: isBeginning) else { return nil }
        var heading = line.prefix(80)
        if heading.count < line.count { heading.removeLast(Self.brokenCharacter(heading)) }
        while let last = heading.last, isSpace(last) { heading.removeLast() }
        return heading
    }

    /// How many bytes at the end belong to a UTF-8 character that was cut off.
    private static func brokenCharacter(_ text: ArraySlice<UInt8>) -> Int {
        let continuing = text.reversed().prefix { $0 & 0xC0 == 0x80 }.count
        guard let lead = text.dropLast(continuing).last, lead >= 0xC0 else { return 0 }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        return continuing + 1 < length ? continuing + 1 : 0
    }

    private func isBeginning(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return false }
        guard isC else {
            return Self.isLetter(first) || first == UInt8(ascii: "_") || first == UInt8(ascii: "$")
        }
        if line.starts(with: "::".utf8) {
            guard let next = line.dropFirst(2).first(where: { !isSpace($0) }) else { return false }
            return Self.isLetter(next) || next == UInt8(ascii: "_")
        }
        return (Self.isLetter(first) || first == UInt8(ascii: "_")) && !isLabel(line)
    }

    /// A name and a colon, with nothing or a comment behind them.
    private func isLabel(_ line: ArraySlice<UInt8>) -> Bool {
        let rest = line.drop { Self.isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
        guard rest.first == UInt8(ascii: ":") else { return false }
        let end = rest.dropFirst().drop(while: isSpace)
        return end.isEmpty || end.starts(with: "//".utf8) || end.starts(with: "/*".utf8)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }
}
