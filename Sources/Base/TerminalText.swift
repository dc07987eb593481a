// SPDX-License-Identifier: GPL-2.0-only

/// Text on its way to a terminal. What comes from trees, series, mail and guests may hold sequences that drive one: move
/// the cursor, hide lines, set the title, or turn the order of letters round (trojansource.codes).
public enum TerminalText {
    /// The same with a printable name for each character that a terminal would act on, and for each byte that is none:
    /// `^[` for escape, as `cat -v` has it, `<U+202E>`, `<9B>`. Line ends and tabs stay.
    ///
    /// - Parameter keepsStyles: whether sequences that only choose colours (`ESC [ 1;31 m`) stay, for text that has no
    ///   others but this program's own.
    public static func safe(_ bytes: [UInt8], keepsStyles: Bool = false) -> [UInt8] {
        guard !isPlain(bytes) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var index = 0
        var skipped = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .emptyInput:
                return result
            case .error(let length):
                result += bytes[index..<(index + length)].flatMap {
                    named(String($0, radix: 16, uppercase: true))
                }
                index += length
            case .valid(let encoded):
                let start = index
                index += encoded.count
                if start < skipped { continue }
                if keepsStyles, let end = styleEnd(bytes, start) {
                    result += bytes[start..<end]
                    skipped = end
                } else {
                    let scalar = Unicode.UTF8.decode(encoded)
                    result += isActive(scalar) ? name(scalar) : Array(bytes[start..<index])
                }
            }
        }
    }

    /// Whether there is nothing to be named.
    public static func isSafe(_ bytes: [UInt8]) -> Bool { isPlain(bytes) || safe(bytes) == bytes }

    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f || $0 == 0x0a || $0 == 0x09 }
    }

    private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: scalar != "\n" && scalar != "\t"
        case .lineSeparator, .paragraphSeparator: true
        // Of the others of this kind letters and signs are joined.
        case .format: scalar.properties.isBidiControl
        case _: false
        }
    }

    private static func name(_ scalar: Unicode.Scalar) -> [UInt8] {
        switch scalar.value {
        case 0..<0x20: return [UInt8(ascii: "^"), UInt8(scalar.value) + 0x40]
        case 0x7f: return Array("^?".utf8)
        case let value:
            let code = String(value, radix: 16, uppercase: true)
            return named("U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code)
        }
    }

    private static func named(_ text: String) -> [UInt8] { Array("<\(text)>".utf8) }

    /// The end of `ESC [ 1;31 m` if one begins here (ECMA-48, SGR).
    private static func styleEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes[start] == 0x1b, start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "[") else {
            return nil
        }
        let isParameter: (UInt8) -> Bool = {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ";")
        }
        guard let end = bytes[(start + 2)...].firstIndex(where: { !isParameter($0) }),
            bytes[end] == UInt8(ascii: "m")
        else {
            return nil
        }
        return end + 1
    }
}
