// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A finished kernel configuration, as `.config` holds it.
public struct DotConfig: Sendable, Hashable {
    private var values: [String: String] = [:]

    public init(_ bytes: some Sequence<UInt8>) {
        for line in Self.lines(bytes) {
            guard let (symbol, value) = Self.assignment(line) else { continue }
            values[symbol] = value == "n" ? nil : value
        }
    }

    /// The lines that aren't empty, without the carriage returns that kconfig passes over, too (confdata.c).
    static func lines(_ bytes: some Sequence<UInt8>) -> [Substring] {
        String(decoding: Array(bytes), as: UTF8.self).lines.compactMap { line in
            let text = line.unicodeScalars.last == "\r" ? Substring(line.unicodeScalars.dropLast()) : line
            return text.isEmpty ? nil : text
        }
    }

    /// The value of a symbol, named with its CONFIG_ prefix; nil if it is not set.
    public subscript(symbol: String) -> String? { values[symbol] }

    /// Reads `CONFIG_X=value`.
    static func assignment(_ line: some StringProtocol) -> (symbol: String, value: String)? {
        guard let equals = line.firstIndex(of: "="), isSymbol(line[..<equals]) else { return nil }
        let value = line[line.index(after: equals)...].trimmed
        return value.isEmpty ? nil : (String(line[..<equals]), String(value))
    }

    /// Reads `# CONFIG_X is not set`.
    static func unsetSymbol(_ line: some StringProtocol) -> String? {
        guard line.hasPrefix("# "), line.hasSuffix(" is not set") else { return nil }
        let symbol = line.dropFirst(2).dropLast(11)
        return isSymbol(symbol) ? String(symbol) : nil
    }

    private static func isSymbol(_ text: some StringProtocol) -> Bool {
        text.hasPrefix("CONFIG_")
            && text.utf8.count > 7
            && text.utf8.allSatisfy { byte in
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || byte == 0x5f
                    || (byte >= 0x61 && byte <= 0x7a)
            }
    }
}
