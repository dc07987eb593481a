// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// The SHA-1 name of a git object.
public struct ObjectID: Sendable, Hashable, Comparable, CustomStringConvertible {
    // Big-endian words, so that comparing them compares the bytes.
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// All zeros: what git writes for "no object", never the name of one.
    static let zero = ObjectID(git_oid())

    init(_ raw: git_oid) {
        (high, middle, low) = withUnsafeBytes(of: raw.id) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
            )
        }
    }

    /// An object name from its 40 hexadecimal digits, in either case; nil for anything else.
    public init?(hex: String) {
        guard hex.utf8.count == 40, hex.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            return nil
        }
        var raw = git_oid()
        guard git_oid_fromstr(&raw, hex) == 0 else { return nil }
        self.init(raw)
    }

    /// The name that these bytes have as a blob, whether or not any repository holds it.
    public static func ofBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        try Library.start()
        var raw = git_oid()
        try check(git_odb_hash(&raw, bytes, bytes.count, GIT_OBJECT_BLOB), "hash a blob")
        return ObjectID(raw)
    }

    var raw: git_oid {
        var raw = git_oid()
        withUnsafeMutableBytes(of: &raw.id) { bytes in
            bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return raw
    }

    /// The 40 hexadecimal digits, in lower case.
    public var description: String {
        padded(high, 16) + padded(middle, 16) + padded(UInt64(low), 8)
    }

    /// The first digits, as kernel documents and `index` lines have them: twelve.
    public var abbreviated: String {
        String(description.prefix(12))
    }

    public static func < (left: ObjectID, right: ObjectID) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }

    private func padded(_ value: UInt64, _ digits: Int) -> String {
        let hex = String(value, radix: 16)
        return String(repeating: "0", count: digits - hex.utf8.count) + hex
    }
}

extension ObjectID: Codable {
    /// Reads the 40 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ObjectID(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is not a git object name of 40 hexadecimal digits"
            )
        }
        self = id
    }

    /// Writes the 40 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
