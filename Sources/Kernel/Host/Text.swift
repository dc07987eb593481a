// SPDX-License-Identifier: GPL-2.0-only

/// Bytes up to a limit: the first half and the last half are kept, because a
/// tool's first error and its last words are what a reader needs.
struct BoundedBytes {
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private let half: Int
    private(set) var dropped = 0

    init(limit: Int) {
        half = max(limit / 2, 1)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let room = min(half - head.count, bytes.count)
        head.append(contentsOf: bytes.prefix(room))
        tail.append(contentsOf: bytes.dropFirst(room))
        // Trimming only at twice the size keeps this linear.
        if tail.count > 2 * half { trim() }
    }

    mutating func bytes() -> [UInt8] {
        if tail.count > half { trim() }
        return head + tail
    }

    private mutating func trim() {
        dropped += tail.count - half
        tail.removeFirst(tail.count - half)
    }
}

/// FNV-1a, 64 bits: names folders and stamps, protects nothing.
struct Fingerprint {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        // A separator, so that ("ab", "c") and ("a", "bc") differ.
        state = (state ^ 0xff) &* 0x100_0000_01b3
    }

    mutating func add(_ text: String) { add(text.utf8) }

    var hex: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
