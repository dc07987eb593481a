// SPDX-License-Identifier: GPL-2.0-only

extension Duration {
    /// Milliseconds with one decimal, for JSON.
    public var tenthMilliseconds: Double { (self / .microseconds(100)).rounded() / 10 }
}
