// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A console log with an anchor for each line, its beginning and its end if it is long.
struct LogView {
    /// HTML for a `pre`.
    let html: String
    let lines: Int
    /// Lines left out of the middle.
    let dropped: Int

    /// - Parameter limit: bytes of the log that are shown at most, a quarter of them of its beginning.
    init(_ bytes: [UInt8], limit: Int) {
        var lines: [String] = []
        var splitter = LineSplitter(maximumLineBytes: 2000)
        splitter.consume(bytes) { lines.append($0) }
        splitter.finish { lines.append($0) }
        var head = 0
        var used = 0
        while head < lines.count, used + lines[head].utf8.count < limit / 4 {
            used += lines[head].utf8.count + 1
            head += 1
        }
        var tail = lines.count
        while tail > head, used + lines[tail - 1].utf8.count < limit {
            tail -= 1
            used += lines[tail].utf8.count + 1
        }
        var html = ""
        for (index, line) in lines.enumerated() where index < head || index >= tail {
            if index == tail, tail > head { html += "<b>… \(tail - head) lines left out …</b>\n" }
            let level = Self.level(line)
            html +=
                "<i id=\"L\(index + 1)\"\(level.isEmpty ? "" : " class=\"\(level)\"")>\(Markup.escaped(line))</i>\n"
        }
        if tail == lines.count, tail > head { html += "<b>… \(tail - head) lines left out …</b>\n" }
        self.html = html
        self.lines = lines.count
        dropped = tail - head
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
