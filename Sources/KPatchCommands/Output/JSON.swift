// SPDX-License-Identifier: GPL-2.0-only

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON as every verb writes it: two-space indentation, sorted keys, a final newline.
enum JSON {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Terminal.output([UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")])
    }
}
