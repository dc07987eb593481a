// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials

/// JSON as every verb writes it (docs/json.md): two blanks of indentation, sorted keys, fields without a value left
/// out, a newline at the end.
public enum JSONText {
    /// - Throws: `EncodingError` if a value can't be had in JSON.
    public static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
