// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import VirtualMachine

@Suite struct LimitWatchTests {
    private func limits(_ change: (inout MachineLimits) -> Void) -> MachineLimits {
        var limits = MachineLimits()
        (limits.total, limits.silence, limits.afterPanic) = (.seconds(1000), .seconds(1000), .seconds(1000))
        change(&limits)
        return limits
    }

    @Test func aLimitIsNamedWhenItIsReached() {
        #expect(LimitWatch(limits { _ in }).reached == nil)
        #expect(LimitWatch(limits { $0.total = .zero }).reached == .limit(.total, .zero))
        #expect(LimitWatch(limits { $0.silence = .zero }).reached == .limit(.silence, .zero))
    }

    @Test func aPanicComesBeforeAnyLimit() {
        var watch = LimitWatch(limits { ($0.total, $0.silence, $0.afterPanic) = (.zero, .zero, .zero) })
        #expect(watch.reached == .limit(.total, .zero))
        watch.notePanic()
        #expect(watch.reached == .afterPanic)
    }

    @Test func whatIsSaidIsCountedFromTheStart() {
        var watch = LimitWatch(limits { _ in })
        watch.start()
        #expect(watch.untilLastActivity == .zero)
        watch.hear()
        #expect(watch.untilLastActivity > .zero && watch.untilLastActivity <= watch.total)
    }
}
