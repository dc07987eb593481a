// SPDX-License-Identifier: GPL-2.0-only

/// Reads a kernel's console line by line and keeps what went wrong. Pure: the same lines give the same events.
public struct ConsoleMonitor: Sendable {
    /// What was found, oldest first.
    public private(set) var events: [ConsoleEvent] = []
    /// Events beyond the limit, which are counted only: one bug can print thousands of them.
    public private(set) var droppedEvents = 0
    /// Whether the kernel said that it panicked.
    public private(set) var sawPanic = false
    /// What the kernel says it is: the text after "Linux version ", up to the first blank.
    public private(set) var kernelVersion: String?

    private let maximumEvents: Int
    private var lineNumber = 0
    private var runningTest: String?
    /// How many more lines belong to the last event.
    private var traceLinesLeft = 0

    public init(maximumEvents: Int = 100) {
        self.maximumEvents = maximumEvents
    }

    /// Takes the next line, without its line ending.
    public mutating func consume(_ line: String) {
        lineNumber += 1
        ConsoleMessage.read(line) { message in
            consume(message)
        }
    }

    private mutating func consume(_ message: ConsoleMessage) {
        if message.starts(with: ConsolePattern.bootBanner) {
            sawBootBanner(message)
        } else if message.starts(with: ConsolePattern.testStart) {
            // A report of the kernel never goes on over such a line.
            traceLinesLeft = 0
            runningTest = message.text(after: ConsolePattern.testStart)
        } else if message.starts(with: ConsolePattern.testEnd) {
            traceLinesLeft = 0
            runningTest = nil
        } else if let row = ConsolePattern.table.first(where: message.matches), !isContinuation(row) {
            sawPanic = sawPanic || row.kind == .panic
            open(row.kind, message, traceLines: row.traceLines)
        } else if traceLinesLeft > 0 {
            goOn(message)
        }
    }

    private mutating func sawBootBanner(_ message: ConsoleMessage) {
        guard kernelVersion != nil else {
            kernelVersion = message.text(after: ConsolePattern.bootBanner).split(separator: " ").first.map(
                String.init
            )
            return
        }
        open(.unexpectedReboot, message, traceLines: 0)
        runningTest = nil
    }

    private func isContinuation(_ row: ConsolePattern) -> Bool {
        guard traceLinesLeft > 0, let open = events.last else {
            return false
        }
        return row.continues.contains(open.kind)
    }

    private mutating func open(_ kind: ConsoleEvent.Kind, _ message: ConsoleMessage, traceLines: Int) {
        guard events.count < maximumEvents else {
            droppedEvents += 1
            traceLinesLeft = 0
            return
        }
        traceLinesLeft = traceLines
        events.append(
            ConsoleEvent(
                kind: kind,
                lineNumber: lineNumber,
                firstLine: message.text,
                test: runningTest,
                location: Self.location(in: message.text)
            )
        )
    }

    /// A line of the trace of the last event, or its end.
    private mutating func goOn(_ message: ConsoleMessage) {
        if ConsolePattern.traceEnds.contains(where: message.starts) {
            traceLinesLeft = 0
            return
        }
        let last = events.count - 1
        traceLinesLeft -= 1
        events[last].trace.append(message.line)
        if events[last].location == nil {
            events[last].location = Self.location(in: message.text)
        }
    }

    /// `arch/x86/kvm/svm/sev.c:123`, if a word of the message looks like it.
    private static func location(in message: String) -> String? {
        for word in message.split(separator: " ") {
            let parts = word.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let file = parts.first, let rest = parts.last else { continue }
            let line = rest.prefix { $0.isASCII && $0.isNumber }
            if !line.isEmpty, file.hasSuffix(".c") || file.hasSuffix(".h") || file.hasSuffix(".S") {
                return "\(file):\(line)"
            }
        }
        return nil
    }
}
