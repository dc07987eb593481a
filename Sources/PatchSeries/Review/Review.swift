// SPDX-License-Identifier: GPL-2.0-only

/// What was said about a series on the mailing list, point by point (review.yml).
public struct Review: Sendable {
    public let thread: Thread
    public let people: [Person]
    public let points: [Point]
    /// Where review.yml is, as the user knows it; for messages.
    public let path: String

    public struct Thread: Sendable, Equatable {
        public let subject: String
        /// Without angle brackets.
        public let messageID: String
        public let link: String
    }

    public struct Person: Sendable, Equatable {
        /// How points name them.
        public let key: String
        public let name: String
        public let email: String
    }

    /// How far the discussion of a point came.
    public enum Status: String, Sendable, CaseIterable {
        case agreed, answered, contested, open, process, rejected
        /// Nobody in the thread named it.
        case unnamed
    }

    public struct Point: Sendable {
        public let name: String
        /// Keys of people; empty if nobody in the thread named it.
        public let who: [String]
        /// Numbers of messages in the thread, from 1.
        public let messages: [Int]
        public let says: String
        public let status: Status
        /// What the fixed variants do about it.
        public let decision: String?
        /// Why no option and no test is tied to it.
        public let reason: String?
        /// Why it isn't taken up by default, for the cover letter: `WHAT: why`, without a full stop.
        public let declined: String?
        public let debate: [Remark]
        public let line: Int
    }

    /// What somebody else said to a point.
    public struct Remark: Sendable, Equatable {
        public let who: [String]
        public let messages: [Int]
        public let says: String
    }

    /// Somebody by key.
    public func person(_ key: String) -> Person? {
        people.first { $0.key == key }
    }

    /// A point by name.
    public func point(_ name: String) -> Point? {
        points.first { $0.name == name }
    }
}
