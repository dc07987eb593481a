// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries

/// Which revision of a series a mail is, and what it is compared with.
package struct MailRevision {
    package let number: Int
    /// The mail's name if this is what was posted, in which case it is that mail.
    package let postedID: String?
    /// What the changelog counts from; nil for none.
    package let since: Earlier?

    /// A selection that the changelog counts from.
    package struct Earlier {
        package let name: String
        package let selection: Selection
        /// The mail's address; nil for what was never mailed.
        package let link: String?
    }

    /// - Parameters:
    ///   - chosen: a number that the user wants; nil for the one after the last that was mailed, or the posted one's.
    ///   - since: a revision (`v1`) or variant that the user wants to count from; nil for the last one before.
    ///   - isSignedAnew: a Signed-off-by is added, so it is not the posted mail any more.
    package init(_ selection: Selection, of series: Series, chosen: Int?, since: String?, isSignedAnew: Bool)
        throws
    {
        if let chosen, chosen < 1 { throw Failure(.user, "revisions count from 1, not from \(chosen)") }
        let posted = series.revisions.first { selection.isAsPosted && $0.variant == series.posted }
        if let posted, chosen ?? posted.number == posted.number {
            number = posted.number
            postedID = isSignedAnew ? nil : posted.messageID
        } else if let chosen, let mailed = series.revisions.first(where: { $0.number == chosen }) {
            throw Failure(
                .user,
                "revision \(chosen) was mailed already: \(mailed.messageID)\ntake another number, or none: the next one is the default"
            )
        } else {
            number = chosen ?? (series.revisions.map(\.number).max() ?? 0) + 1
            postedID = nil
        }
        let number = number
        if let since {
            self.since = try Self.earlier(since, of: series)
        } else if let last = series.revisions.last(where: { $0.number < number }) {
            self.since = try Self.earlier("v\(last.number)", of: series)
        } else {
            self.since = nil
        }
    }

    private static func earlier(_ name: String, of series: Series) throws -> Earlier {
        let revision = series.revisions.first { "v\($0.number)" == name || $0.variant == name }
        return Earlier(
            name: revision.map { "v\($0.number)" } ?? name,
            selection: try Selection(variant: revision?.variant ?? name, settings: [], of: series),
            link: revision.map { "https://lore.kernel.org/r/\($0.messageID)" }
        )
    }
}
