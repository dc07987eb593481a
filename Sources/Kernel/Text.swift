// SPDX-License-Identifier: GPL-2.0-only

extension StringProtocol {
    /// Without spaces and tabs at either end.
    var trimmed: SubSequence {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let first = firstIndex(where: { !blank($0) }), let last = lastIndex(where: { !blank($0) })
        else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}

/// Splits a stream of bytes into lines at LF.
///
/// Not the stream's own `strings()`: that also splits at VT, FF and NEL, which
/// occur inside kernel sources that gcc quotes.
struct LineSplitter {
    private var pending: [UInt8] = []
    /// A line longer than this is cut: a child that writes no LF must not fill the memory.
    private let limit = 1 << 20

    mutating func append(_ bytes: UnsafeRawBufferPointer, _ emit: (String) -> Void) {
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            pending.append(contentsOf: bytes[start..<end])
            flush(emit)
            start = end + 1
        }
        pending.append(contentsOf: bytes[start...])
        if pending.count > limit { flush(emit) }
    }

    /// The last line, if the child did not end it.
    mutating func finish(_ emit: (String) -> Void) {
        if !pending.isEmpty { flush(emit) }
    }

    private mutating func flush(_ emit: (String) -> Void) {
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        emit(String(decoding: pending, as: UTF8.self))
        pending.removeAll(keepingCapacity: true)
    }
}

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
