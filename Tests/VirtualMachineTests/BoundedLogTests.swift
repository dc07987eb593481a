// SPDX-License-Identifier: GPL-2.0-only

import Base
import Testing

@testable import VirtualMachine

@Suite struct BoundedLogTests {
    @Test func logKeepsHeadAndTail() {
        var log = BoundedLog(maximumBytes: 400)
        for number in 100..<200 { log.append("line \(number)") }
        #expect(log.head == (100..<111).map { "line \($0)" })
        #expect(log.tail == (167..<200).map { "line \($0)" })
        #expect(log.droppedLines == 56)
        #expect(log.droppedBytes == 56 * 9)
        #expect(log.keptBytes <= 400)
        #expect(log.lines.count == 45)
        #expect(log.lines[11] == "[... 56 lines, 504 bytes dropped ...]")
    }

    @Test func shortLogIsWhole() {
        var log = BoundedLog(maximumBytes: 400)
        for number in 0..<10 { log.append("line \(number)") }
        #expect(log.lines == (0..<10).map { "line \($0)" })
        #expect(log.droppedLines == 0)
    }

    @Test func logOfNothing() {
        var log = BoundedLog(maximumBytes: 0)
        log.append("a")
        #expect(log.lines == ["[... 1 lines, 2 bytes dropped ...]"])
    }

    /// 100 MB go through the splitter, the log and the monitor in bounded memory and in time.
    @Test(.timeLimit(.minutes(3))) func floodIsCheap() {
        let line = Array((String(repeating: "what the kernel says over and over ", count: 14) + "\r\n").utf8)
        let chunk = [UInt8](repeatElement(line, count: 65536 / line.count).joined())
        var splitter = LineSplitter()
        var log = BoundedLog(maximumBytes: 1 << 20)
        var monitor = ConsoleMonitor()
        var bytes = 0
        while bytes < 100 << 20 {
            splitter.consume(chunk) { line in
                log.append(line)
                monitor.consume(line)
            }
            bytes += chunk.count
        }
        #expect(log.keptBytes <= 1 << 20)
        #expect(log.droppedBytes + log.keptBytes > 98 << 20)
        #expect(monitor.events.isEmpty)
    }
}
