// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What is to be done to the lines of a series' files; every other line stays as it is.
struct TemplateLineEdits {
    /// By path as the user knows it and line from 1: the new text; empty for a line that goes.
    private var replaced: [String: [Int: [UInt8]]] = [:]
    private var before: [String: [Int: [UInt8]]] = [:]
    private var after: [String: [Int: [UInt8]]] = [:]

    var isEmpty: Bool { replaced.isEmpty && before.isEmpty && after.isEmpty }

    /// Of the lines that are touched, in their order.
    var places: [SourcePosition] {
        let all = [replaced, before, after].flatMap { part in
            part.flatMap { path, lines in lines.keys.map { SourcePosition(path, line: $0) } }
        }
        return Set(all.map(\.description)).count == all.count
            ? all.sorted { ($0.path, $0.line) < ($1.path, $1.line) }
            : Dictionary(grouping: all, by: \.description).compactMap(\.value.first).sorted {
                ($0.path, $0.line) < ($1.path, $1.line)
            }
    }

    /// - Returns: false if something else was to be put there before.
    mutating func replace(_ position: SourcePosition, by text: [UInt8]) -> Bool {
        if let other = replaced[position.path]?[position.line], other != text { return false }
        replaced[position.path, default: [:]][position.line] = text
        return true
    }

    mutating func insert(_ text: [UInt8], before position: SourcePosition) {
        before[position.path, default: [:]][position.line, default: []] += text
    }

    mutating func insert(_ text: [UInt8], after position: SourcePosition) {
        after[position.path, default: [:]][position.line, default: []] += text
    }

    func apply(to bytes: [UInt8], at path: String) -> [UInt8] {
        let starts = bytes.lineStarts + [bytes.count]
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 1024)
        for line in 1..<starts.count where starts[line - 1] < starts[line] {
            result += before[path]?[line] ?? []
            let own = bytes[starts[line - 1]..<starts[line]]
            let text = replaced[path]?[line] ?? Array(own)
            result += text
            if let more = after[path]?[line] {
                if let last = result.last, last != UInt8(ascii: "\n") { result.append(UInt8(ascii: "\n")) }
                result += more
            }
        }
        return result
    }

    /// The files that it touches.
    var paths: Set<String> { Set(replaced.keys).union(before.keys).union(after.keys) }
}
