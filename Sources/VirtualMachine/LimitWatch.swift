// SPDX-License-Identifier: GPL-2.0-only

/// When a run of a guest, or of tests, has to be ended from outside; the same for every kind of machine.
struct LimitWatch {
    /// Why it is.
    enum StopReason: Sendable, Equatable {
        case limit(MachineOutcome.Limit, Duration)
        case afterPanic
        case interrupted
    }

    private let limits: MachineLimits
    private let clock = ContinuousClock()
    private var started: ContinuousClock.Instant
    private var lastActivity: ContinuousClock.Instant
    private var panicked: ContinuousClock.Instant?

    init(_ limits: MachineLimits) {
        self.limits = limits
        started = clock.now
        lastActivity = started
    }

    /// The machine starts now.
    mutating func start() {
        started = clock.now
        lastActivity = started
    }

    /// The guest says something.
    mutating func hear() { lastActivity = clock.now }

    /// The guest has panicked by now.
    mutating func notePanic() { panicked = panicked ?? clock.now }

    /// From the start to what the guest said last.
    var untilLastActivity: Duration { lastActivity - started }

    /// From the start to now.
    var total: Duration { clock.now - started }

    /// Why the machine is to be ended now; nil: it isn't.
    var reached: StopReason? {
        let now = clock.now
        if let panicked, now - panicked >= limits.afterPanic { return .afterPanic }
        if now - started >= limits.total { return .limit(.total, limits.total) }
        if now - lastActivity >= limits.silence { return .limit(.silence, limits.silence) }
        return nil
    }
}
