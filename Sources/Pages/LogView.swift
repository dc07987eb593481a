// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A console log with an anchor for each line, its beginning and its end if it is long.
struct LogView {
    /// HTML for a `pre`.
    let html: String
    let lines: Int
    /// Lines left out of the middle.
    let dropped: Int

    private static let lineLimit = 2000
    /// What the page puts around a line, about.
    private static let frame = 40

    /// - Parameter limit: bytes of the page that it may take, about, a quarter of them for its beginning. Only what is shown is
    ///   cut into lines: a log may have millions.
    init(_ bytes: [UInt8], limit: Int) {
        let newline = UInt8(ascii: "\n")
        var (headEnd, head, used) = (0, 0, 0)
        while headEnd < bytes.count {
            let end = bytes[headEnd...].firstIndex(of: newline).map { $0 + 1 } ?? bytes.count
            used += min(end - headEnd, Self.lineLimit) + Self.frame
            guard used < limit / 4 else { break }
            headEnd = end
            head += 1
        }
        var (tailStart, tail) = (bytes.count, 0)
        while tailStart > headEnd {
            // The line's own end is not the one before it.
            let start = bytes[headEnd..<(tailStart - 1)].lastIndex(of: newline).map { $0 + 1 } ?? headEnd
            used += min(tailStart - start, Self.lineLimit) + Self.frame
            guard used < limit else { break }
            tailStart = start
            tail += 1
        }
        let middle = bytes[headEnd..<tailStart]
        dropped =
            middle.reduce(0) { $1 == newline ? $0 + 1 : $0 }
            + (middle.isEmpty || middle.last == newline ? 0 : 1)
        lines = head + dropped + tail
        var html = Self.shown(bytes[..<headEnd], from: 1)
        if dropped > 0 { html += "<b>… \(dropped) lines left out …</b>\n" }
        self.html = html + Self.shown(bytes[tailStart...], from: head + dropped + 1)
    }

    private static func shown(_ bytes: ArraySlice<UInt8>, from first: Int) -> String {
        var html = ""
        var number = first
        func add(_ line: String) {
            let style = level(line)
            let text = Markup.escaped(line)
            html += "<a id=\"L\(number)\" href=\"#L\(number)\">\(number)</a> "
            html += style.isEmpty ? text : "<i class=\"\(style)\">\(text)</i>"
            html += "\n"
            number += 1
        }
        var splitter = LineSplitter(maximumLineBytes: lineLimit)
        bytes.withUnsafeBytes { splitter.consume($0, add) }
        splitter.finish(add)
        return html
    }

    private static let bad = [
        "BUG:", "KASAN", "panic", "Oops", "general protection", "Call Trace", "UBSAN", "soft-psp: violation",
    ]
    private static let notable = ["WARNING:", "warning", "error", "failed", "INFO:"]

    private static func level(_ line: String) -> String {
        if bad.contains(where: { line.contains($0) }) { return "e" }
        return notable.contains(where: { line.contains($0) }) ? "w" : ""
    }
}
