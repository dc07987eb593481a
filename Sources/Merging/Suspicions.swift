// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc

/// A change that has its place, but may not mean there what it meant.
public struct MergeWarning: Sendable, Hashable {
    /// The file in the new tree.
    public let path: String
    /// The change's first line in the tree that the patch was made for, from 1.
    public let line: Int
    /// What is suspicious.
    public let text: String
}

/// Looks whether what a patch adds to a file finds there what it used to find.
///
/// Only within the file: what it includes is not read.
struct Suspicions {
    private let old: [UInt8]
    private let new: MergeTarget
    private let merge: FileMerge

    init(_ merge: FileMerge, old: [UInt8], new: MergeTarget) {
        self.merge = merge
        self.old = old
        self.new = new
    }

    func warnings(_ change: Change) -> [String] {
        guard merge.kind == .c else { return [] }
        let table = merge.table
        let patched = merge.patched[change.new].map { table.lines[$0].bytes }
        let lines = patched.filter { !isComment($0) }.map(\.withoutStrings)
        var names: [[UInt8]] = []
        var warnings: [String] = []
        for line in lines {
            for token in LineTable.tokens(line) where isNameStart(line[token.lowerBound]) && token.count > 3 {
                let name = Array(line[token])
                guard !names.contains(name) else { continue }
                names.append(name)
                if old.hasWord(name), !new.bytes.hasWord(name) {
                    warnings.append(
                        "uses '\(String(decoding: name, as: UTF8.self))', which \(new.path) no longer has"
                    )
                } else if let warning = arguments(name, in: lines) {
                    warnings.append(warning)
                }
            }
        }
        return warnings
    }

    /// Whether a function is called with as many arguments as it had, and has another number of them now.
    private func arguments(_ name: [UInt8], in lines: [[UInt8]]) -> String? {
        let function = String(decoding: name, as: UTF8.self)
        guard let before = merge.units.named[function]?.first, let now = new.units.named[function]?.first,
            let old = count(name, in: merge.table.bytes(merge.old[merge.units.lines(of: before)])),
            let new = count(name, in: merge.table.bytes(self.new.lines[self.new.units.lines(of: now)])),
            let called = count(name, in: lines.flatMap { $0 }), old != new, called == old
        else { return nil }
        return "calls '\(function)' with \(called) arguments, which takes \(new) now"
    }

    /// How many parameters or arguments stand between the brackets behind the first `name (`; nil if they don't end.
    private func count(_ name: [UInt8], in text: [UInt8]) -> Int? {
        let tokens = LineTable.tokens(text).filter { !isSpace(text[$0.lowerBound]) }
        guard
            let start = tokens.indices.dropLast().first(where: {
                text[tokens[$0]].elementsEqual(name) && text[tokens[$0 + 1].lowerBound] == UInt8(ascii: "(")
            })
        else { return nil }
        var (depth, commas, isEmpty) = (0, 0, true)
        for token in tokens[(start + 1)...] {
            switch text[token.lowerBound] {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ",") where depth == 1: commas += 1
            default: if !text[token].elementsEqual("void".utf8) { isEmpty = false }
            }
            if depth == 0 { return isEmpty && commas == 0 ? 0 : commas + 1 }
        }
        return nil
    }

    private func isComment(_ line: [UInt8]) -> Bool {
        let text = line.stripped
        return text.starts(with: "/*".utf8) || text.starts(with: "*".utf8) || text.starts(with: "//".utf8)
    }
}

extension [UInt8] {
    /// With blanks for what stands between quotes.
    fileprivate var withoutStrings: [UInt8] {
        var isQuoted = false
        return map { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return isQuoted ? 0x20 : byte
        }
    }

    /// Whether a word is somewhere in the text, and not as a part of a longer one.
    fileprivate func hasWord(_ word: [UInt8]) -> Bool {
        withUnsafeBytes { text in
            guard let base = text.baseAddress else { return false }
            var start = 0
            while start + word.count <= text.count,
                let found = memchr(base + start, Int32(word[0]), text.count - start - word.count + 1)
            {
                let index = UnsafeRawPointer(found) - UnsafeRawPointer(base)
                let end = index + word.count
                start = index + 1
                guard memcmp(base + index, word, word.count) == 0 else { continue }
                if index == 0 || !isWordByte(text[index - 1]), end == text.count || !isWordByte(text[end]) {
                    return true
                }
            }
            return false
        }
    }
}
