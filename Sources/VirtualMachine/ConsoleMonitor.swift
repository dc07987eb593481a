// SPDX-License-Identifier: GPL-2.0-only

/// Reads a kernel's console line by line and keeps what went wrong. Pure: the same lines give the same events. Its
/// memory is bounded whatever it reads.
struct ConsoleMonitor: Sendable {
    /// Events beyond the limit, which are counted only: one bug can print thousands of them.
    private(set) var droppedEvents = 0
    /// Whether the kernel said that it panicked.
    private(set) var sawPanic = false
    /// What the kernel says it is: the text after "Linux version ", up to the first blank.
    private(set) var kernelVersion: String?

    private let maximumEvents: Int
    private var ended: [ConsoleEvent] = []
    /// Reports that go on, the newest last; with CONFIG_PRINTK_CALLER one per caller, else one.
    private var open: [ConsoleReport] = []
    private var lineNumber = 0
    private var runningTest: String?
    private var stampedMessages = 0
    /// Whether anything was printed yet.
    private var sawText = false
    /// Whether the firmware has begun a boot, and the kernel not yet.
    private var isBooting = false
    /// The start of a line about a task whose name tore it in two.
    private var torn: String?
    private var traceBytes = 0

    private enum Bound {
        static let openReports = 8
        /// Of all traces together.
        static let traceBytes = 8 << 20
        /// So many messages with a stamp tell that the console has them.
        static let stamps = 5
    }

    init(maximumEvents: Int = 100) {
        self.maximumEvents = maximumEvents
    }

    /// What was found, in the order of their first lines; the last ones as far as they are known now.
    var events: [ConsoleEvent] {
        (ended + open.filter(\.isReport).map(\.named)).sorted { $0.lineNumber < $1.lineNumber }
    }

    /// Takes the next line, without its line ending.
    mutating func consume(_ line: String) {
        lineNumber += 1
        ConsoleMessage.read(line) { message in
            consume(message)
        }
    }

    private mutating func consume(_ message: ConsoleMessage) {
        defer { sawText = sawText || !message.isEmpty }
        if message.isStamped { stampedMessages += 1 }
        if let torn { return join(torn, message) }
        if message.starts(with: ConsoleRule.bootBanner) {
            sawBootBanner(message)
        } else if message.starts(with: ConsoleRule.firmwareBanner) {
            if sawText { sawReboot(message) }
        } else if message.starts(with: ConsoleRule.testStart) {
            // A report of the kernel never goes on over such a line.
            closeAll()
            runningTest = message.text(after: ConsoleRule.testStart)
        } else if message.starts(with: ConsoleRule.testEnd) {
            closeAll()
            runningTest = nil
        } else if message.starts(with: "---[ end ") {
            // Of a panic it repeats the words.
            if let index = reportIndex(message) { close(index) }
        } else if let rule = ConsoleRule.of(message), isMeant(rule, message) {
            sawPanic = sawPanic || rule.kind == .panic
            if let index = reportIndex(message),
                open[index].announces(rule) || open[index].goesOn(with: rule)
            {
                goOn(index, message)
            } else {
                begin(rule, message)
            }
        } else if message.starts(with: "INFO: task "), !message.contains("blocked") {
            torn = message.text
        } else if message.contains("messages dropped **") || message.contains("message dropped **") {
            for index in open.indices { open[index].lostLines() }
        } else if let index = reportIndex(message) {
            goOn(index, message)
        }
    }

    /// Whether the kernel itself may have printed it.
    private func isMeant(_ rule: ConsoleRule, _ message: ConsoleMessage) -> Bool {
        !rule.needsStamp || message.isStamped || stampedMessages < Bound.stamps
    }

    /// The report that a message would be a line of.
    private func reportIndex(_ message: ConsoleMessage) -> Int? {
        open.lastIndex { message.caller != nil && $0.caller == message.caller }
            ?? open.lastIndex { $0.takes(message.caller) }
    }

    /// The report whose stack the kernel prints in its panic, which comes first (panic_on_warn).
    private func reportUnderPanic(_ index: Int) -> Int? {
        guard index > 0, open[index].rule.kind == .panic else { return nil }
        return open[..<index].lastIndex { $0.caller == open[index].caller }
    }

    /// A task may have a line ending in its name.
    private mutating func join(_ torn: String, _ message: ConsoleMessage) {
        self.torn = nil
        var joined = self
        ConsoleMessage.read(torn + message.text) { joined.consume($0) }
        joined.torn = nil
        self = joined
    }

    private mutating func sawBootBanner(_ message: ConsoleMessage) {
        let version = message.text(after: ConsoleRule.bootBanner).split(separator: " ").first.map(String.init)
        // Before its banner a kernel has written nothing.
        if kernelVersion != nil || stampedMessages > 1 { sawReboot(message) }
        kernelVersion = kernelVersion ?? version
        isBooting = false
    }

    /// A boot begins, and it isn't the first one.
    private mutating func sawReboot(_ message: ConsoleMessage) {
        // The firmware's banner and the kernel's are of one boot.
        defer { isBooting = message.starts(with: ConsoleRule.firmwareBanner) }
        guard !isBooting else { return }
        closeAll()
        begin(.reboot, message)
        closeAll()
        runningTest = nil
    }

    private mutating func begin(_ rule: ConsoleRule, _ message: ConsoleMessage) {
        let isPassing = rule.traceLines == 0
        if let index = reportIndex(message), !isPassing, rule.kind != .panic || !open[index].awaitsStack {
            close(index)
        }
        guard ended.count + open.count < maximumEvents else {
            droppedEvents += 1
            return
        }
        if open.count == Bound.openReports { close(0) }
        open.append(ConsoleReport(rule, message, lineNumber: lineNumber, test: runningTest))
        if isPassing { close(open.count - 1) }
    }

    /// A line of the trace of a report, or its end.
    private mutating func goOn(_ index: Int, _ message: ConsoleMessage) {
        if message.starts(with: "================") {
            close(index)
            return
        }
        if let below = reportUnderPanic(index) { open[below].take(message, isKept: false) }
        let size = message.line.utf8.count
        let isKept = traceBytes + size <= Bound.traceBytes
        if isKept { traceBytes += size }
        open[index].take(message, isKept: isKept)
        if open[index].linesLeft <= 0 { close(index) }
    }

    private mutating func close(_ index: Int) {
        let report = open.remove(at: index)
        if report.isReport { ended.append(report.named) }
    }

    private mutating func closeAll() {
        while !open.isEmpty { close(0) }
    }
}
