// SPDX-License-Identifier: GPL-2.0-only

// The standard library's `contains` and `firstRange(of:)` of texts compare characters, which costs fifty times as much.
extension Collection<UInt8> {
    /// Where `part` begins first.
    func place(of part: StaticString) -> Index? {
        part.withUTF8Buffer { part in
            indices.first { self[$0] == part.first && self[$0...].starts(with: part) }
        }
    }

    /// Whether `part` is in it.
    func holds(_ part: StaticString) -> Bool { place(of: part) != nil }
}
