// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What a guest said so far on its two channels, bounded; every kind of machine reads its guests with it.
public struct Transcript: Sendable {
    /// What the console showed.
    private(set) var console: BoundedLog
    /// What is wrong with it.
    private(set) var monitor = ConsoleMonitor()
    /// The lines of the result channel.
    private(set) var results: [String] = []
    /// Bytes of it beyond the limit.
    private(set) var droppedResultBytes = 0
    /// When the first of these lines came, from the machine's start.
    private(set) var firstResult: Duration?

    private let resultLimit: Int
    private var resultBytes = 0
    private var consoleSplitter: LineSplitter
    private var resultSplitter: LineSplitter

    public init(limits: MachineLimits) {
        console = BoundedLog(maximumBytes: limits.consoleBytes)
        resultLimit = limits.resultBytes
        consoleSplitter = LineSplitter(maximumLineBytes: limits.lineBytes)
        resultSplitter = consoleSplitter
    }

    /// Takes bytes of the first serial port; nil: its end.
    ///
    /// - Parameter elapsed: since the machine's start.
    public mutating func consumeConsole(
        _ bytes: [UInt8]?,
        at elapsed: Duration,
        _ onEvent: (MachineEvent) -> Void
    ) {
        for text in consoleSplitter.lines(bytes) {
            console.append(text)
            monitor.consume(text)
            onEvent(.console(MachineLine(elapsed: elapsed, text: text)))
        }
    }

    /// Takes bytes of the second serial port; nil: its end.
    ///
    /// - Parameter elapsed: since the machine's start.
    public mutating func consumeResults(
        _ bytes: [UInt8]?,
        at elapsed: Duration,
        _ onEvent: (MachineEvent) -> Void
    ) {
        for text in resultSplitter.lines(bytes) {
            firstResult = firstResult ?? elapsed
            let size = text.utf8.count + 1
            // Once something was dropped, nothing more is taken: a gap in the middle could turn a failure into a pass.
            guard droppedResultBytes == 0, resultBytes + size <= resultLimit else {
                droppedResultBytes += size
                continue
            }
            resultBytes += size
            results.append(text)
            onEvent(.result(MachineLine(elapsed: elapsed, text: text)))
        }
    }

    /// The outcome of a machine that ended.
    ///
    /// - Parameters:
    ///   - standardError: what the emulator said.
    ///   - total: from the machine's start to its end.
    public func outcome(_ ending: MachineOutcome.Ending, standardError: String, total: Duration)
        -> MachineOutcome
    {
        MachineOutcome(
            ending: ending,
            events: monitor.events,
            droppedEvents: monitor.droppedEvents,
            kernelVersion: monitor.kernelVersion,
            console: console,
            results: results,
            droppedResultBytes: droppedResultBytes,
            standardError: standardError,
            untilFirstResult: firstResult,
            total: total
        )
    }
}

extension LineSplitter {
    /// The lines that end with these bytes, or with the stream (nil).
    fileprivate mutating func lines(_ bytes: [UInt8]?) -> [String] {
        var lines: [String] = []
        if let bytes { consume(bytes) { lines.append($0) } } else { finish { lines.append($0) } }
        return lines
    }
}
