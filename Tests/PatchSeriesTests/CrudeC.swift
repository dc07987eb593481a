// SPDX-License-Identifier: GPL-2.0-only

/// A C file without comments, white space, directives and what stands in quotes: enough to see by eye whether a place is
/// beside some code. Shares nothing with CSource, so that it can judge it.
struct CrudeC {
    /// How `#if` is read: text of every branch, or of the first one that isn't `#if 0`.
    enum Branches: CaseIterable { case all, first }

    let code: [UInt8]
    /// Where each byte of `code` is in the file.
    private let offsets: [Int]

    init(_ bytes: [UInt8], _ branches: Branches = .all) {
        var code: [UInt8] = []
        var offsets: [Int] = []
        /// For each `#if` around: whether its text counts, and whether a branch of it has counted.
        var open: [(counts: Bool, taken: Bool)] = []
        var isLineStart = true
        var index = 0
        func at(_ position: Int) -> UInt8 { position < bytes.count ? bytes[position] : 0 }
        func keep(_ byte: UInt8, _ position: Int) {
            guard branches == .all || open.allSatisfy(\.counts) else { return }
            code.append(byte)
            offsets.append(position)
        }
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\n"):
                isLineStart = true
                index += 1
            case _ where byte <= 32:
                index += 1
            case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "*"):
                index += 2
                while index < bytes.count,
                    at(index) != UInt8(ascii: "*") || at(index + 1) != UInt8(ascii: "/")
                { index += 1 }
                index += 2
            case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "/"):
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            case UInt8(ascii: "#") where isLineStart:
                let start = index
                while index < bytes.count,
                    bytes[index] != UInt8(ascii: "\n") || bytes[index - 1] == UInt8(ascii: "\\")
                { index += 1 }
                Self.follow(String(decoding: bytes[start..<index], as: UTF8.self), &open)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                keep(byte, index)
                index += 1
                while index < bytes.count, bytes[index] != byte, bytes[index] != UInt8(ascii: "\n") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                keep(byte, index)
                index += 1
                isLineStart = false
            default:
                keep(byte, index)
                index += 1
                isLineStart = false
            }
        }
        (self.code, self.offsets) = (code, offsets)
    }

    private static func follow(_ directive: String, _ open: inout [(counts: Bool, taken: Bool)]) {
        let words = directive.dropFirst().split { $0 == " " || $0 == "\t" }
        switch words.first {
        case "if", "ifdef", "ifndef":
            let counts = words.dropFirst().first != "0"
            open.append((counts, counts))
        case "else", "elif":
            guard let last = open.popLast() else { return }
            open.append((!last.taken, true))
        case "endif": _ = open.popLast()
        default: break
        }
    }

    /// The index in `code` of what stands at or behind an offset of the file.
    func index(of offset: Int) -> Int {
        var (low, high) = (0, offsets.count)
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether `text` begins at an index, as the beginning of something.
    func begins(_ text: CrudeC, at index: Int) -> Bool {
        guard !text.code.isEmpty, code.dropFirst(index).starts(with: text.code) else { return false }
        guard index > 0 else { return true }
        let ends = Array(";{}:,)".utf8)
        return ends.contains(code[index - 1]) || ["else", "do"].contains { code[..<index].hasSuffix($0) }
    }

    /// Whether one whole thing that begins with `text` ends in front of `end`.
    func isWhole(_ text: CrudeC, endingAt end: Int, inList: Bool) -> Bool {
        var start = end - text.code.count
        // A statement is not longer than this; a function is not looked for here.
        let limit = max(0, end - 6000)
        while start >= limit {
            if begins(text, at: start), isWhole(start..<end, inList: inList) { return true }
            start -= 1
        }
        return false
    }

    private func isWhole(_ range: Range<Int>, inList: Bool) -> Bool {
        var depth = 0
        for index in range {
            let byte = code[index]
            let isLast = index == range.upperBound - 1
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            guard depth >= 0 else { return false }
            guard depth == 0 else { continue }
            let next = code[index + 1..<min(index + 6, code.count)]
            let goesOn = next.starts(with: Array("else".utf8)) || next.starts(with: Array("while".utf8))
            switch byte {
            case UInt8(ascii: ";"):
                if !isLast && !goesOn { return false }
            case UInt8(ascii: ","):
                if inList && !isLast { return false }
            case UInt8(ascii: "}"):
                let tail = next.first.map { Array(";,=).".utf8).contains($0) } ?? false
                if !isLast && !goesOn && !tail { return false }
            default: break
            }
        }
        guard depth == 0, let last = code[range].last else { return false }
        return Array(";}:,)".utf8).contains(last) || inList
    }

    /// Whether an index lies between the braces behind `head`.
    func isInside(_ head: CrudeC, _ index: Int) -> Bool {
        let opening = head.code + [UInt8(ascii: "{")]
        var depth = 0
        var position = index - 1
        while position >= 0 {
            switch code[position] {
            case UInt8(ascii: "}"): depth += 1
            case UInt8(ascii: "{"):
                depth -= 1
                guard depth < 0 else { break }
                if code[...position].hasSuffix(opening) { return true }
                depth = 0
            default: break
            }
            position -= 1
        }
        return false
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: String) -> Bool { hasSuffix(Array(text.utf8)) }
    fileprivate func hasSuffix(_ bytes: [UInt8]) -> Bool { suffix(bytes.count).elementsEqual(bytes) }
}
