// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import Judging

/// What long work does at the moment, on standard error: one line that is rewritten on a terminal, elsewhere a line now and
/// then. While anything is open, a thread tells of it even when the work itself says nothing for a while.
final class LiveLine: Sendable {
    /// What the work is for, in front of the line: tree and profile; empty: nothing.
    private let cell: String
    private let state = Locked(State())

    /// A piece of work.
    struct Piece: Sendable {
        let title: String
        let start: ContinuousClock.Instant
        var progress: WorkProgress
    }

    private struct State {
        /// The newest last: that one is shown.
        var open: [Piece] = []
        var shown: ContinuousClock.Instant?
        var isTicking = false
    }

    /// How long nothing is said: so that a clock on a terminal goes on, and no log is silent for ten seconds.
    private static let pause: Duration = Terminal.rewritesLines ? .milliseconds(500) : .seconds(9)
    /// How soon something new is shown.
    private static let interval: Duration = Terminal.rewritesLines ? .milliseconds(100) : .seconds(9)

    init(cell: String = "") {
        self.cell = cell
    }

    func update(_ title: String, _ progress: WorkProgress) {
        let now = ContinuousClock.now
        let (isNew, starts) = state.withLock { state in
            var piece = Piece(title: title, start: now, progress: progress)
            var isNew = true
            if let index = state.open.firstIndex(where: { $0.title == title }) {
                piece = state.open.remove(at: index)
                piece.progress = progress
                isNew = false
            }
            state.open.append(piece)
            defer { state.isTicking = true }
            return (isNew, !state.isTicking)
        }
        show(isDue: isNew, after: Self.interval)
        if starts { startTicking() }
    }

    func end(_ title: String) {
        let isLast = state.withLock { state in
            state.open.removeAll { $0.title == title }
            return state.open.isEmpty
        }
        if isLast, Terminal.rewritesLines { Terminal.transient("") }
    }

    /// Shows the newest piece, unless something was shown a moment ago.
    private func show(isDue: Bool, after pause: Duration) {
        let now = ContinuousClock.now
        let piece: Piece? = state.withLock { state in
            guard let piece = state.open.last else { return nil }
            // The first line of a piece may not wait, on a terminal as elsewhere.
            if !isDue, let shown = state.shown, now - shown < pause { return nil }
            state.shown = now
            return piece
        }
        guard let piece else { return }
        let line = Self.line(
            piece,
            cell: cell,
            elapsed: now - piece.start,
            width: Terminal.rewritesLines ? Terminal.errorWidth - 1 : nil
        )
        if Terminal.rewritesLines { Terminal.transient(line) } else { Terminal.note(line) }
    }

    /// A thread, because work that computes keeps all those busy that tasks would get.
    private func startTicking() {
        let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
        defer { thread.deallocate() }
        let box = Unmanaged.passRetained(self)
        let failed = pthread_create(
            thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<LiveLine>.fromOpaque(context).takeRetainedValue().tick()
                return nil
            },
            box.toOpaque()
        )
        // Without it the work still tells of itself.
        guard failed == 0 else { return box.release() }
        pthread_detach(thread.pointee)
    }

    /// Until nothing is open any more.
    private func tick() {
        while true {
            usleep(250_000)
            let isOver = state.withLock { state in
                if state.open.isEmpty { state.isTicking = false }
                return state.open.isEmpty
            }
            if isOver { return }
            show(isDue: false, after: Self.pause)
        }
    }

    // MARK: - Text

    /// How much of the line is said in full: the estimate is what must not be cut off.
    private static let forms: [(bar: Int, isShort: Bool)] = [(20, false), (10, false), (10, true), (0, true)]

    /// `5.10 debug: build [######··············] 412 of 1380  1:23, about 2:10 left  CC arch/x86/kvm/svm/sev.o`, and
    /// `5.10 debug: build 412/1380  1:23, 2:10 left` where there is no room for that.
    ///
    /// - Parameter width: columns that it may take; nil: as many as it wants, and no bar: nobody sees it move.
    static func line(_ piece: Piece, cell: String, elapsed: Duration, width: Int?) -> String {
        let progress = piece.progress
        let name = (cell.isEmpty ? "" : "\(cell): ") + piece.title
        let lines = forms.lazy.map { form in
            let bar = width == nil ? 0 : form.bar
            return name + count(progress, bar: bar, isShort: form.isShort)
                + clock(progress, elapsed, isShort: form.isShort)
        }
        let text = lines.first { line in width.map { line.count <= $0 } ?? true } ?? lines.last ?? name
        guard !progress.detail.isEmpty else { return width.map { String(text.prefix($0)) } ?? text }
        guard let width else { return "\(text)  \(progress.detail)" }
        let room = width - text.count - 2
        // Of a path the end counts.
        if progress.detail.count <= room { return "\(text)  \(progress.detail)" }
        return String((room < 10 ? text : "\(text)  …\(progress.detail.suffix(room - 1))").prefix(width))
    }

    private static func count(_ progress: WorkProgress, bar width: Int, isShort: Bool) -> String {
        guard let total = progress.total, total > 0 else {
            return progress.done > 0 ? " \(progress.done)" : ""
        }
        let filled = width * min(progress.done, total) / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return (bar.isEmpty ? "" : " [\(bar)]") + " \(progress.done)\(isShort ? "/" : " of ")\(total)"
    }

    private static func clock(_ progress: WorkProgress, _ elapsed: Duration, isShort: Bool) -> String {
        guard let left = left(progress, elapsed) else { return "  \(elapsed.onClock)" }
        return "  \(elapsed.onClock), \(isShort ? "" : "about ")\(left.onClock) left"
    }

    /// By what was done so far once that is a tenth, before by what it took the last time.
    private static func left(_ progress: WorkProgress, _ elapsed: Duration) -> Duration? {
        if let total = progress.total, progress.done > 0, progress.done < total, progress.done * 10 >= total {
            return elapsed * (total - progress.done) / progress.done
        }
        guard let expected = progress.expected, expected > elapsed else { return nil }
        return expected - elapsed
    }
}

/// Shows what long work tells.
final class TerminalObserver: WorkObserver {
    private let line: LiveLine

    /// - Parameter cell: what the work is for.
    init(cell: String = "") { line = LiveLine(cell: cell) }

    func note(_ text: String) { Terminal.note(text) }
    func announce(_ text: String) { Terminal.note(text) }
    func progress(_ title: String, _ detail: String) { line.update(title, WorkProgress(detail: detail)) }
    func progress(_ title: String, _ progress: WorkProgress) { line.update(title, progress) }
    func end(_ title: String) { line.end(title) }
}

/// Progress of one piece of long work.
final class Progress: Sendable {
    private let title: String
    private let line = LiveLine()

    init(_ title: String) {
        self.title = title
    }

    func update(_ detail: String, done: Int = 0, total: Int? = nil) {
        line.update(title, WorkProgress(done: done, total: total, detail: detail))
    }

    /// Ends the line, with a last word if there is one.
    func finish(_ detail: String? = nil) {
        line.end(title)
        if let detail { Terminal.note("\(title): \(detail)") }
    }
}
