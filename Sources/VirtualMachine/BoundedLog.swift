// SPDX-License-Identifier: GPL-2.0-only

/// The first and the last lines of a log that may be far larger than memory: how a boot began and how it ended are
/// what tells, the middle of a flood does not.
public struct BoundedLog: Sendable, Equatable {
    /// Lines from the start, in order.
    private(set) var head: [String] = []
    /// Lines that were dropped between `head` and `tail`.
    private(set) var droppedLines = 0
    /// Bytes of these lines, line endings included.
    private(set) var droppedBytes = 0

    private let headLimit: Int
    private let tailLimit: Int
    private var headBytes = 0
    private var tailBytes = 0
    private var headIsFull = false
    private var tailLines: [String] = []
    private var tailStart = 0

    /// - Parameter maximumBytes: of text kept, line endings included; a quarter goes to the head.
    init(maximumBytes: Int) {
        headLimit = max(maximumBytes, 0) / 4
        tailLimit = max(maximumBytes, 0) - headLimit
    }

    /// Lines up to the end, in order; follows `head` directly if nothing was dropped.
    var tail: [String] { Array(tailLines[tailStart...]) }

    /// Bytes of text kept, line endings included.
    var keptBytes: Int { headBytes + tailBytes }

    /// The log as lines, with a line that says what is missing.
    public var lines: [String] {
        guard droppedLines > 0 else {
            return head + tail
        }
        return head + ["[... \(droppedLines) lines, \(droppedBytes) bytes dropped ...]"] + tail
    }

    mutating func append(_ line: String) {
        let size = line.utf8.count + 1
        if !headIsFull, headBytes + size <= headLimit {
            head.append(line)
            headBytes += size
            return
        }
        headIsFull = true
        tailLines.append(line)
        tailBytes += size
        while tailBytes > tailLimit, tailStart < tailLines.count {
            let dropped = tailLines[tailStart].utf8.count + 1
            tailLines[tailStart] = ""
            tailStart += 1
            tailBytes -= dropped
            droppedLines += 1
            droppedBytes += dropped
        }
        // Moves the rest down only when half of it is gone: dropping a line stays cheap in a flood.
        if tailStart > 1024, tailStart * 2 > tailLines.count {
            tailLines.removeFirst(tailStart)
            tailStart = 0
        }
    }
}
