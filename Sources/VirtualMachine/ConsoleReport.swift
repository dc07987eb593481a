// SPDX-License-Identifier: GPL-2.0-only

/// A report of the kernel that is being read: its lines, and what names it.
struct ConsoleReport: Sendable {
    private(set) var rule: ConsoleRule
    /// printk's caller of its first line.
    let caller: String?
    private(set) var event: ConsoleEvent
    /// How many more lines belong to it.
    private(set) var linesLeft: Int

    private var stack = Stack.awaited
    private var frames: [String] = []
    /// What only may have been on the stack.
    private var doubtful: [String] = []
    private var instruction: String?
    private var header: String?
    /// `Read` or `Write`, as KASAN says in the line below the first.
    private var access: String?
    /// Whether the line before ended in "at:".
    private var followsPlace = false
    /// Whether lines were dropped before the end of the stack.
    private var lacksLines = false

    private enum Stack {
        case awaited, open, done
    }

    /// Frames that are looked at.
    private static let frameLimit = 32

    init(_ rule: ConsoleRule, _ message: ConsoleMessage, lineNumber: Int, test: String?) {
        self.rule = rule
        caller = message.caller
        linesLeft = rule.traceLines
        let text = message.text
        event = ConsoleEvent(
            kind: rule.kind,
            lineNumber: lineNumber,
            firstLine: text,
            test: test,
            location: Self.location(in: text)
        )
        header = Self.function(in: text)
        // These have their stack right below the first line.
        switch rule.kind {
        case .kfence, .kmsan, .kcsan, .referenceLeak: stack = .open
        default: break
        }
    }

    /// Whether lines of this caller belong to it.
    func takes(_ other: String?) -> Bool {
        guard let caller, let other, caller != other else { return true }
        // One processor tells what the others do.
        switch rule.kind {
        case .rcuStall, .lockup: return other.hasPrefix("C")
        default: return false
        }
    }

    /// Whether it is one, now that it has ended.
    var isReport: Bool { !rule.needsStack || !frames.isEmpty || !doubtful.isEmpty }

    /// Whether a line of that rule belongs to it: with a stack of its own before it, an oops is another one.
    func goesOn(with other: ConsoleRule) -> Bool {
        guard other.continues.contains(rule.kind) else { return false }
        return other.culprit != .instruction || awaitsStack
    }

    /// Whether its stack is still to come: with panic_on_warn the panic's is that of the warning.
    var awaitsStack: Bool { rule.culprit != .none && frames.isEmpty && doubtful.isEmpty }

    /// Takes the first line of the WARN() that this one announces, if it does: where a list is found corrupted,
    /// the configuration says whether that is a BUG().
    mutating func announces(_ other: ConsoleRule) -> Bool {
        guard rule.isHeadline, other.kind == .warning, awaitsStack else { return false }
        rule.kind = other.kind
        event.kind = other.kind
        return true
    }

    /// A line that says that others are missing.
    mutating func lostLines() {
        if stack != .done { lacksLines = true }
    }

    /// Takes a line of the trace.
    ///
    /// - Parameter isKept: whether there is room for its text.
    mutating func take(_ message: ConsoleMessage, isKept: Bool) {
        linesLeft -= 1
        if isKept { event.trace.append(message.line) }
        let text = message.text
        if event.location == nil { event.location = Self.location(in: text) }
        read(text)
    }

    private mutating func read(_ text: String) {
        let trimmed = text[...].drop { $0 == " " || $0 == "\t" }
        if access == nil {
            access = ["Read", "Write"].first {
                trimmed.hasPrefix("\($0) of size ") || trimmed.hasPrefix("\($0) at addr ")
            }
        }
        if let caller = trimmed.dropping(prefix: "caller is ") {
            header = StackFrame.function(at: caller) ?? header
        } else if let work = trimmed.dropping(prefix: "last function: ") ?? trimmed.after("workfn=") {
            // Without an offset: the work itself, not a place in it.
            header = StackFrame.function(at: work, mayBeBare: true) ?? header
        }
        if rule.kind == .lockdep, header == nil {
            // `(&lock){+.+.}, at: [<ffffffff81000000>] name+0x1/0x2`; of an unbalanced unlock on a line of its own.
            header = Self.function(behindAddress: trimmed.after("at: ") ?? (followsPlace ? trimmed : ""))
        }
        followsPlace = trimmed.hasSuffix(" at:")
        if stack != .done, instruction == nil, let pointer = Self.pointer(trimmed) {
            instruction = pointer
            return
        }
        if trimmed.hasPrefix("stack backtrace:") {
            // What lockdep printed before are the places where locks were taken.
            (stack, frames, doubtful) = (.awaited, [], [])
            return
        }
        if rule.kind == .rcuStall, trimmed.hasPrefix("NMI backtrace for"), meaningfulFrames.isEmpty {
            // Before it was the stack of RCU's own thread, which waits for the one that stalls.
            (stack, frames, doubtful, instruction) = (.awaited, [], [], nil)
            return
        }
        // ARM's unwinder has no header, and RISC-V's none below registers.
        if stack == .awaited,
            trimmed.firstRange(of: ") from [<") != nil
                || (instruction != nil && trimmed.hasPrefix("[<") && StackFrame(text) != nil)
        {
            stack = .open
        }
        if stack == .awaited, Self.isStackHeader(trimmed) {
            stack = .open
        } else if stack == .open, let frame = StackFrame(String(trimmed)) {
            if frame.isReliable, frames.count < Self.frameLimit { frames.append(frame.function) }
            if !frame.isReliable, doubtful.count < Self.frameLimit { doubtful.append(frame.function) }
        } else if stack == .open, !frames.isEmpty, Self.endsStack(trimmed) {
            stack = .done
        }
    }

    private static func isStackHeader(_ text: Substring) -> Bool {
        ["Call Trace:", "Call trace:", "Backtrace:", "backtrace:", "backtrace (", "Backtrace ("]
            .contains(where: text.hasPrefix)
    }

    private static func endsStack(_ text: Substring) -> Bool {
        text.isEmpty
            || [
                "Allocated", "Freed", "The buggy", "Showing all", "Modules linked", "Uninit was",
                "Local variable",
                "Kernel Offset", "Last potentially", "read to", "write to", "Sending NMI", "NMI backtrace",
                "Last Breaking-Event", "INFO: task",
            ].contains(where: text.hasPrefix)
    }

    /// The function of a line with the instruction pointer: x86, ARM, PowerPC, RISC-V.
    private static func pointer(_ text: Substring) -> String? {
        for mark in ["RIP: ", "EIP: ", "IP: ", "pc : ", "PC is at ", "NIP ", "epc : "] {
            guard var rest = text.dropping(prefix: mark) else { continue }
            // `0010:` is the segment; `[<ffffffff81000000>]`, perhaps twice, the address.
            if let colon = rest.firstIndex(of: ":"), rest[..<colon].allSatisfy(\.isHexDigit) {
                rest = rest[rest.index(after: colon)...]
            }
            return function(behindAddress: rest)
        }
        return nil
    }

    /// `[<ffffffff81000000>] name+0x1/0x2`, with any number of addresses.
    private static func function(behindAddress text: Substring) -> String? {
        var rest = text.drop { $0 == " " }
        while rest.first == "[", let end = rest.firstIndex(of: "]") {
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        return StackFrame.function(at: rest)
    }

    // MARK: - Names

    /// The event with its title, as far as is known now.
    var named: ConsoleEvent {
        var event = event
        let stack = meaningfulFrames
        let (function, type) = culprit(stack)
        let named = rule.kind == .kcsan ? nil : function
        let frames = ([named].compactMap(\.self) + stack).reduce(into: [String]()) { frames, frame in
            // A recursion counts once.
            if frames.last != frame { frames.append(frame) }
        }
        event.frames = Array(frames.prefix(5))
        let base = title(type)
        event.title = function.map { "\(base) in \($0)" } ?? base
        var alternatives: [String] = []
        for other in [header, instruction, stack.first].compactMap(\.self)
        where other != function && rule.culprit != .none {
            if !FrameNoise.contains(other) { alternatives.append("\(base) in \(other)") }
        }
        if isBadAccess, let function { alternatives.append("bad-access in \(function)") }
        event.alternatives = alternatives.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        event.isCorrupted = isCorrupted(function)
        return event
    }

    /// The frames that a defect can be named after, the first one best.
    private var meaningfulFrames: [String] {
        let frames = (frames.isEmpty ? doubtful : frames).filter { !FrameNoise.contains($0) }
        guard rule.culprit == .entry else { return frames }
        let entries = frames.filter { !FrameNoise.isGlue($0) }
        return Array((entries.isEmpty ? frames : entries).reversed())
    }

    private func isCorrupted(_ function: String?) -> Bool {
        switch rule.culprit {
        case .none: lacksLines && rule.kind != .panic
        case .stack, .entry, .instruction: lacksLines || frames.isEmpty
        case .header: lacksLines || function == nil || (frames.isEmpty && !doubtful.isEmpty)
        }
    }

    private var isBadAccess: Bool {
        switch rule.kind {
        case .kasan, .kfence: true
        case .oops: rule.title.hasPrefix("BUG: unable") || rule.title.hasPrefix("general")
        default: false
        }
    }

    /// The function for the title, and what else a judge that complained about its caller makes of the title.
    private func culprit(_ stack: [String]) -> (String?, WarningType?) {
        if rule.kind == .kcsan { return (Self.race(in: event.firstLine) ?? stack.first, nil) }
        let known = { (function: String?) in function.flatMap { FrameNoise.contains($0) ? nil : $0 } }
        switch rule.culprit {
        case .none:
            return (nil, nil)
        case .stack:
            return (stack.first ?? known(header) ?? known(instruction) ?? header ?? instruction, nil)
        case .entry:
            // Where all of the stack is the way to it, as from a timer, the loop itself is the work.
            if let first = stack.first, FrameNoise.isGlue(first) { return (known(instruction) ?? first, nil) }
            return (stack.first ?? known(instruction), nil)
        case .instruction:
            return (known(instruction) ?? stack.first ?? instruction ?? known(header), nil)
        case .header:
            if let function = known(header) { return (function, nil) }
            let type = header.flatMap(WarningType.of)
            return (stack.first ?? known(instruction) ?? (type == nil ? header ?? instruction : nil), type)
        }
    }

    private func title(_ type: WarningType?) -> String {
        if let type { return type.title }
        guard let open = rule.title.firstIndex(of: "{"), let close = rule.title.firstIndex(of: "}") else {
            return rule.title
        }
        let name = rule.title[rule.title.index(after: open)..<close]
        return rule.title[..<open] + value(String(name)) + rule.title[rule.title.index(after: close)...]
    }

    /// What stands in a title's braces.
    private func value(_ name: String) -> String {
        let mark = rule.contains.utf8CodeUnitCount > 0 ? "\(rule.contains)" : "\(rule.prefix)"
        let rest = event.firstLine[...].after(mark) ?? event.firstLine[...]
        switch name {
        case "type":
            var type = String(
                rest.before(" in ") ?? rest.before(" on address") ?? rest.before(" at ") ?? rest
            )
            if type == "double-free or invalid-free" { type = "invalid-free" }
            type = type.replacing("Undefined behaviour", with: "undefined-behaviour")
            return [
                type.withoutNumbers,
                rule.kind == .kasan && !["double-free", "invalid-free"].contains(type) ? access : nil,
            ]
            .compactMap(\.self).joined(separator: " ")
        case "words": return String(rest.before(" on ") ?? rest).withoutNumbers
        case "preemptible":
            return String(event.firstLine[...].after("using ")?.before(" in preemptible") ?? "")
                + " in preemptible code"
        case "next":
            // The message alone, without what stands before it.
            var text = ""
            if let line = event.trace.first { ConsoleMessage.read(line) { text = $0.text } }
            // It may be nothing but dots.
            let title = text.withoutNumbers
            return title.isEmpty ? "rust panic" : title
        case "slub": return String(event.firstLine[...].after("): ") ?? rest).withoutNumbers
        case "violation": return String(event.firstLine[...].after("VIOLATION: ") ?? rest).withoutNumbers
        case "stack":
            let what = rest.before(" at ") ?? "frame pointer"
            let value = event.firstLine[...].after(" has bad '")?.before("'").map { " '\($0)'" } ?? ""
            return "\(what) has bad\(value) value"
        default:
            let words = rest.drop { $0 == ":" || $0 == " " }
            let text = words.dropping(prefix: "kernel: ") ?? words
            let end = text.before(" exitcode=") ?? text.before(" ...") ?? text
            return String(end).withoutNumbers
        }
    }

    /// The function that the first line names.
    private static func function(in text: String) -> String? {
        for mark in [" in: ", " in ", "ENDBR: "] {
            guard let rest = text[...].after(mark) else { continue }
            if let function = StackFrame.function(at: rest, mayBeBare: text.contains("BUG: K")) {
                return function
            }
        }
        guard let rest = text[...].after(" at ") else { return nil }
        for word in rest.split(separator: " ") {
            if let function = StackFrame.function(at: word) { return function }
            if word.hasSuffix("()"), let function = StackFrame.function(at: word, mayBeBare: true) {
                return function
            }
        }
        return nil
    }

    /// KCSAN names the functions on both sides, in no order.
    private static func race(in text: String) -> String? {
        guard let rest = text[...].after(" in ") else { return nil }
        let functions = rest.split(separator: "/").compactMap {
            StackFrame.function(at: $0.drop { $0 == " " }, mayBeBare: true)
        }.filter { !$0.hasPrefix("0x") }
        return functions.isEmpty ? nil : functions.sorted().joined(separator: " / ")
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

/// What a WARN() in one of the kernel's judges is about; its caller is at fault.
struct WarningType {
    let prefix: String
    let title: String

    static func of(_ function: String) -> WarningType? {
        table.first { function.hasPrefix($0.prefix) }
    }

    private static let table = [
        WarningType(prefix: "refcount_", title: "WARNING: refcount bug"),
        WarningType(prefix: "__refcount", title: "WARNING: refcount bug"),
        WarningType(prefix: "kref_", title: "WARNING: refcount bug"),
        WarningType(prefix: "debug_print_object", title: "WARNING: ODEBUG bug"),
        WarningType(prefix: "debug_", title: "WARNING: ODEBUG bug"),
        WarningType(prefix: "__alloc_pages", title: "WARNING: kmalloc bug"),
        WarningType(prefix: "__alloc_frozen", title: "WARNING: kmalloc bug"),
        WarningType(prefix: "kmalloc", title: "WARNING: kmalloc bug"),
        WarningType(prefix: "kvmalloc", title: "WARNING: kmalloc bug"),
        WarningType(prefix: "__kvmalloc", title: "WARNING: kmalloc bug"),
        WarningType(prefix: "__vmalloc", title: "WARNING: zero-size vmalloc"),
        WarningType(prefix: "kobject_", title: "WARNING: kobject bug"),
        WarningType(prefix: "proc_register", title: "WARNING: proc registration bug"),
        WarningType(prefix: "usercopy_", title: "WARNING: bad usercopy"),
        WarningType(prefix: "lock", title: "WARNING: locking bug"),
        WarningType(prefix: "__lock", title: "WARNING: locking bug"),
        WarningType(prefix: "check_flags", title: "WARNING: locking bug"),
        WarningType(prefix: "look_up_lock", title: "WARNING: locking bug"),
        WarningType(prefix: "__mutex", title: "WARNING: locking bug"),
        WarningType(prefix: "mutex", title: "WARNING: locking bug"),
        WarningType(prefix: "__list", title: "WARNING: corrupted list"),
    ]
}

extension Substring {
    func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }

    /// What stands behind the first place of the text; nil if it isn't there.
    func after(_ text: String) -> Substring? {
        firstRange(of: text).map { self[$0.upperBound...] }
    }

    /// What stands before the first place of the text; nil if it isn't there.
    func before(_ text: String) -> Substring? {
        firstRange(of: text).map { self[..<$0.lowerBound] }
    }
}

extension String {
    /// The text with `ADDR` for addresses and `NUM` for numbers, which differ from run to run; at most 120 characters.
    var withoutNumbers: String {
        var result = ""
        var word = ""
        func end() {
            defer { word = "" }
            let digits = word.hasPrefix("0x") ? word.dropFirst(2) : word[...]
            let isHex = digits.allSatisfy(\.isHexDigit) && digits.contains(where: \.isNumber)
            if isHex, word.hasPrefix("0x") || digits.count >= 8 {
                result += "ADDR"
                return
            }
            var wasDigit = false
            for character in word {
                if character.isNumber {
                    if !wasDigit { result += "NUM" }
                } else {
                    result.append(character)
                }
                wasDigit = character.isNumber
            }
        }
        for character in prefix(400) {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else {
                end()
                result.append(character)
            }
        }
        end()
        while let last = result.last, last == " " || last == "." { result.removeLast() }
        return String(result.prefix(120))
    }
}
