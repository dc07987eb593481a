// SPDX-License-Identifier: GPL-2.0-only

import Synchronization

/// A value that several tasks change, one at a time.
public final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    /// The value to begin with.
    public init(_ value: Value) {
        mutex = Mutex(value)
    }

    /// Reads or changes the value while nobody else does.
    public func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        mutex.withLock { value in body(&value) }
    }

    /// The value as it is now.
    public var value: Value { withLock { $0 } }
}
