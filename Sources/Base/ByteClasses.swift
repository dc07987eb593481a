// SPDX-License-Identifier: GPL-2.0-only

// Asked of every byte of a file, by modules that must have them inline: one comparison for most answers.

/// Whether `byte` is white space as C's isspace() has it.
@inlinable
@inline(__always)
public func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte &- 0x09 < 5
}

/// Whether `byte` can be part of a C identifier or number.
@inlinable
@inline(__always)
public func isWordByte(_ byte: UInt8) -> Bool {
    // A bit tells small letters from capitals.
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5f
}
