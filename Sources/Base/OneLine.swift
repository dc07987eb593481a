// SPDX-License-Identifier: GPL-2.0-only

extension String {
    /// The text with a blank for each control character: the text of a guest or a tree must neither drive a terminal nor
    /// begin a line of its own.
    public var onOneLine: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else {
            return self
        }
        let scalars = unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: Unicode.Scalar(UInt8(ascii: " "))
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
