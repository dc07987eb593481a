// SPDX-License-Identifier: GPL-2.0-only

/// What was said about a series on the mailing list, point by point (review.yml).
public struct Review: Sendable {
    public let thread: Thread
    public let people: [Person]
    public let points: [Point]
    public let tags: [Tag]
    /// Where review.yml is, as the user knows it; for messages.
    public let path: String

    public struct Thread: Sendable, Equatable {
        public let subject: String
        /// Without angle brackets.
        public let messageID: String
        public let link: String
        /// The Message-IDs of its messages, from 1 on; empty where nobody noted them.
        public let messages: [String]
    }

    public struct Person: Sendable, Equatable {
        /// How points name them.
        public let key: String
        public let name: String
        /// Nil if nobody noted it, as where a page of an archive was read.
        public let email: String?
    }

    /// A trailer that somebody gave, as `Reviewed-by: Name <address>`.
    public struct Tag: Sendable, Equatable {
        public let text: String
        public let messages: [Int]
        /// The folder of the patch; nil for all of them.
        public let patch: String?
    }

    /// Where the lines are that somebody spoke of.
    public struct Place: Sendable, Equatable {
        /// The patch's folder.
        public let patch: String
        /// The kernel file, or `message.txt`.
        public let file: String
        /// The function, struct or section; nil where the patch doesn't show it.
        public let function: String?
        /// 1-based, in the file as the patch was mailed with it.
        public let line: Int
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
        /// Nil if it is about no line, or nobody noted which.
        public let place: Place?
        /// The line that it was said below; nil if nobody noted it.
        public let quote: String?
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
