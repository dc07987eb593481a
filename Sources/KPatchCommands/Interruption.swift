// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import Synchronization
import SystemPackage

/// Ends the program when somebody asks for it: Ctrl-C, SIGTERM, the end of its terminal.
///
/// A verb is cancelled first, which lets it end its children and remove what it has half done. One that doesn't listen,
/// because it computes, or reads what never comes, is ended here; what it has not published yet shows nowhere.
enum Interruption {
    /// How long a verb may take to end by itself: less than a second, with room for a busy machine.
    private static let grace = Duration.milliseconds(700)

    /// The signal that came; 0 if none did.
    private static let received = Atomic<Int32>(0)
    /// Whether somebody says already how the process ends.
    private static let isEnding = Atomic<Bool>(false)
    private static let work = Mutex<Task<Int32, Never>?>(nil)
    /// From the signal handler, in which little more than write(2) is allowed, to the thread that waits.
    private static let channel: (reading: FileDescriptor, writing: FileDescriptor)? = {
        do {
            let ends = try FileDescriptor.pipe()
            return (ends.readEnd, ends.writeEnd)
        } catch {
            return nil
        }
    }()

    /// The exit status of an interrupted run, the shell's 128 + signal; nil if no signal came.
    static var status: Int32? {
        let number = received.load(ordering: .acquiring)
        return number == 0 ? nil : 128 + number
    }

    /// From now on signals end `task`, and the process at the latest a moment later.
    static func watch(_ task: Task<Int32, Never>) {
        work.withLock { $0 = task }
        guard let channel else { return }
        // A thread of its own: verbs that compute keep all those busy that Dispatch would give.
        let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
        defer { thread.deallocate() }
        let failed = pthread_create(
            thread,
            nil,
            { _ in
                Interruption.wait()
                return nil
            },
            nil
        )
        // Without the thread signals do what they do to any program.
        guard failed == 0 else { return }
        for number in [SIGINT, SIGTERM, SIGHUP] { listen(for: number, channel.writing.rawValue) }
    }

    private static func listen(for number: Int32, _ descriptor: Int32) {
        let before = signal(number) { number in
            let error = errno
            var byte = UInt8(truncatingIfNeeded: number)
            if let channel = Interruption.channel { _ = Glibc.write(channel.writing.rawValue, &byte, 1) }
            errno = error
        }
        // nohup(1).
        if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
            signal(number, SIG_IGN)
        }
    }

    /// Waits for a signal, and gives the verb its time.
    private static func wait() {
        guard let number = nextSignal() else { return }
        received.store(number, ordering: .releasing)
        work.withLock { $0?.cancel() }
        // A second signal is impatience.
        _ = isReadable(within: grace)
        end()
    }

    /// Whoever calls this first says how the process ends, and ends it; for the other one it doesn't return.
    static func claimEnd() {
        while isEnding.exchange(true, ordering: .acquiringAndReleasing) { pause() }
    }

    private static func end() -> Never {
        claimEnd()
        RunningGroups.killAll()
        Terminal.lastWord("interrupted")
        _exit(status ?? ExitStatus.interrupted.rawValue)
    }

    private static func nextSignal() -> Int32? {
        guard let descriptor = channel?.reading.rawValue else { return nil }
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(descriptor, &byte, 1)
            if count == 1 { return Int32(byte) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    private static func isReadable(within limit: Duration) -> Bool {
        guard let descriptor = channel?.reading.rawValue else { return false }
        let deadline = ContinuousClock.now + limit
        while true {
            let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard rest > 0 else { return false }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if Glibc.poll(&poll, 1, Int32(rest.rounded(.up))) > 0 { return true }
        }
    }
}
