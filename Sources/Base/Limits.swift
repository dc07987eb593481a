// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// The limits on what trees and series may hold and cost, which a person can raise all together where one is too low:
/// `KPATCH_LIMITS=4` in the environment makes each four times as high.
public enum Limits {
    /// What is put into messages.
    public static let hint = "KPATCH_LIMITS raises it"

    private static let text = getenv("KPATCH_LIMITS").map { String(cString: $0) }
    private static let factor: Int? = {
        guard let text, !text.isEmpty else { return 1 }
        return Int(text).flatMap { (1...1000).contains($0) ? $0 : nil }
    }()

    /// What is wrong with the variable; nil if nothing is.
    public static var complaint: String? {
        factor == nil
            ? "KPATCH_LIMITS is '\(text ?? "")'; it is a number from 1 to 1000, by which limits are multiplied"
            : nil
    }

    /// A limit as it counts here.
    public static func raised(_ limit: Int) -> Int { limit * (factor ?? 1) }
}
