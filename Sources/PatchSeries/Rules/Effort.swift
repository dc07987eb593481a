// SPDX-License-Identifier: GPL-2.0-only

import Base

/// How much may be tried to find out what rules allow: the question is NP-complete, and whoever writes a series can ask
/// it in a way that takes years (docs/decisions/0005-rules.md).
///
/// Counted in rules looked at, not in seconds: the same series has the same answer on every machine.
final class Effort {
    /// Some tenths of a second. The largest series of this project takes a hundredth of it.
    static let limit = Limits.raised(4_000_000)

    struct Exhausted: Error {}

    private(set) var spent = 0
    private let limit: Int

    init(limit: Int = Effort.limit) {
        self.limit = limit
    }

    func spend(_ steps: Int) throws(Exhausted) {
        spent += steps
        guard spent <= limit else { throw Exhausted() }
    }
}

extension Series {
    /// What to say of rules that can't be seen through.
    func tooEntangled(_ unknown: String) -> Diagnostic {
        Diagnostic(
            at: rules.first?.position ?? SourcePosition(manifestPath),
            message: "the rules depend on each other in too many ways: \(unknown)",
            notes: [
                "looked at \(Effort.limit) rules for it, which is the limit", "take rules away, or options",
            ]
        )
    }
}
