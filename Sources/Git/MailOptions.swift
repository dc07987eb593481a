// SPDX-License-Identifier: GPL-2.0-only

/// A header line of a mail.
public struct MailHeader: Sendable, Hashable {
    /// The name before the colon, e.g. `Message-ID`.
    public var name: String
    /// The text behind it; `\n` followed by a space folds it.
    public var value: String

    /// A header line.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// `Name <address>`, for headers such as `To`: quoted or encoded where the name needs it.
    public static func address(name: String, email: String) -> String {
        name.isEmpty ? email : "\(MailHeaderText.phrase(name, column: 10)) <\(email)>"
    }
}

/// What is in a mail besides the commit.
public struct MailOptions: Sendable, Hashable {
    /// In the subject's brackets before the number, e.g. `PATCH RFC v2`.
    public var subjectPrefix = "PATCH"
    /// The patch's number in its series, from 1 (0 for the cover letter); nil for a patch alone.
    public var number: Int?
    /// How many patches the series has; needed with `number`.
    public var total = 1
    /// What changed since the last revision. In a patch it stands below the `---`, so that it does not become part of
    /// the commit; in a cover letter above the shortlog.
    public var changelog = ""
    /// Stands below the diff, e.g. `base-commit: …`.
    public var trailer = ""
    /// The mail's own name, without angle brackets; nil for none.
    public var messageID: String?
    /// The name of the mail that this one answers, which for a patch of a series is its cover letter.
    public var inReplyTo: String?
    /// More headers, after the subject, e.g. `To`.
    public var headers: [MailHeader] = []
    /// Stands below `-- ` at the end; "" leaves both out.
    public var signature = ""

    /// A single patch without anything else.
    public init() {}

    var bracketText: String {
        guard let number else { return subjectPrefix }
        let digits = "\(total)".count
        let text = "\(number)"
        let padded = String(repeating: "0", count: max(0, digits - text.count)) + text
        return (subjectPrefix.isEmpty ? "" : subjectPrefix + " ") + "\(padded)/\(total)"
    }
}
