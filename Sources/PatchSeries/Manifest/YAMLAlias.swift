// SPDX-License-Identifier: GPL-2.0-only

/// The first alias (`*name`) of an anchor (`&name`) before it in a YAML text (YAML 1.2.2, 6.9.2).
///
/// A few lines of aliases can stand for more nodes than fit into memory, which shows when they are compared. Their place
/// in the text isn't looked at: what a parser takes for an alias is found, and in rare cases C in a text.
struct YAMLAlias {
    let name: String
    /// 1-based.
    let line: Int

    init?(in bytes: [UInt8]) {
        guard bytes.contains(UInt8(ascii: "*")), bytes.contains(UInt8(ascii: "&")) else { return nil }
        var anchors: Set<ArraySlice<UInt8>> = []
        var line = 1
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let isWithin =
                index > 0 && (Self.isNameByte(bytes[index - 1]) || "&*".utf8.contains(bytes[index - 1]))
            index += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard !isWithin, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            let name = bytes[index...].prefix { Self.isNameByte($0) }
            index = name.endIndex
            guard !name.isEmpty, index == bytes.count || Self.endsName(bytes[index]) else { continue }
            if byte == UInt8(ascii: "&") {
                anchors.insert(name)
            } else if anchors.contains(name) {
                self.name = String(decoding: name, as: UTF8.self)
                self.line = line
                return
            }
        }
        return nil
    }

    /// As libyaml reads names (scanner.c, yaml_parser_scan_anchor).
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        // Line breaks of Unicode begin with other bytes.
        byte >= 0x80 || " \t\r\n?:,]}%@`".utf8.contains(byte)
    }
}
