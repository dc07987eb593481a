// SPDX-License-Identifier: GPL-2.0-only

import CSource

extension EditHistory {
    /// Whether a range of the last text, which isn't empty, is of the first one as a whole.
    func leaves(_ range: Range<Int>) -> Bool {
        let first = original(of: range.lowerBound)
        return original(of: range.lowerBound + 1) == first + 1
            && original(of: range.upperBound - 1) == first + range.count - 1
    }
}
