// SPDX-License-Identifier: GPL-2.0-only

import Testing

/// A variant of the series, and how many patches it has on the 5.10 fixture.
///
/// Subjects are not repeated here: rewording a message must not break a test.
struct Variant: Sendable, CustomTestStringConvertible {
    let name: String
    let patches: Int

    var testDescription: String { name }

    static let all = [
        Variant(name: "rfc-v1", patches: 1),
        Variant(name: "cap-to", patches: 3),
        Variant(name: "cap-from", patches: 3),
        Variant(name: "enc-op", patches: 3),
    ]
}
