// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import Judging

/// What the user sees: results on standard output, everything else on standard error. All of it passes here, and nothing
/// that drives a terminal gets through: on standard error never, on standard output where that is a terminal. Files and
/// pipes get each byte.
enum Terminal {
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1

    /// How wide the user's terminal is, in columns: what COLUMNS says (environ(7)), else the terminal that standard output
    /// is; nil if nobody looks at one.
    static let width: Int? = {
        if let text = getenv("COLUMNS"), let width = Int(String(cString: text)), width > 0 { return width }
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }()

    /// How wide text is to be filled: the terminal, but not so wide that a line is hard to follow.
    static let textWidth = max(40, min(width ?? 80, 100))

    /// Colour only where somebody looks at it, the terminal has it, and nobody said no (no-color.org).
    static let usesColor =
        outputIsTerminal && !isDumb && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)

    /// A terminal that only appends, or none that is known (terminfo(5)).
    private static let isDumb =
        getenv("TERM").map { String(cString: $0) == "dumb" || $0.pointee == 0 } ?? true

    static func error(_ message: String) {
        writeError("kpatch-gen: \(message)\n", clearing: isLineOpen.value)
    }
    static func note(_ message: String) { writeError("\(message)\n", clearing: isLineOpen.value) }

    /// Whether a line of progress stands there; the next word of anybody takes its place.
    private static let isLineOpen = Locked(false)

    /// How wide the terminal is that standard error goes to; a line of progress must not be wider.
    static var errorWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes bytes to standard output; a closed pipe ends the program quietly, as it ends `git log | head`.
    ///
    /// - Parameter isStyled: whether this program put colours into it.
    static func output(_ bytes: [UInt8], isStyled: Bool = false) throws {
        let shown = outputIsTerminal ? TerminalText.safe(bytes, keepsStyles: isStyled && usesColor) : bytes
        if outputIsTerminal, isLineOpen.value { transient("") }
        try write(shown[...], to: STDOUT_FILENO)
    }

    static func output(_ text: String, isStyled: Bool = false) throws {
        try output(Array((text + "\n").utf8), isStyled: isStyled)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { throw ReaderGone() }
                throw Failure(.infrastructure, "can't write the output: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(written)
        }
    }

    /// - Parameter clearing: whether the line of progress gives way.
    private static func writeError(_ text: String, clearing: Bool = false) {
        if clearing { isLineOpen.withLock { $0 = false } }
        let bytes = (clearing ? Array("\r\u{1b}[K".utf8) : []) + TerminalText.safe(Array(text.utf8))
        // Nowhere is left to report a failure of this to.
        try? write(bytes[...], to: STDERR_FILENO)
    }

    /// The same as `error`, for a process that ends now: says nothing where a reader is stuck.
    static func lastWord(_ message: String) {
        var poll = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard Glibc.poll(&poll, 1, 0) > 0 else { return }
        writeError("kpatch-gen: \(message)\n", clearing: rewritesLines)
    }

    /// Whether a line of progress can be replaced.
    static let rewritesLines = errorIsTerminal && !isDumb

    /// One line that is replaced as work goes on; needs `rewritesLines`.
    static func transient(_ text: String) {
        writeError(text.onOneLine, clearing: true)
        isLineOpen.withLock { $0 = !text.isEmpty }
    }
}

/// Whoever read standard output went away (`| head`).
struct ReaderGone: Error {}
