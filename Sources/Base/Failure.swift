// SPDX-License-Identifier: GPL-2.0-only

/// An error that no code tells from others: who has to act, and a message for people.
public struct Failure: Blamed {
    public let fault: Fault
    /// What happened and where; on the lines below, what helps.
    public let description: String

    /// - Parameter description: what happened and where; on the lines below, what helps.
    public init(_ fault: Fault, _ description: String) {
        self.fault = fault
        self.description = description
    }
}
