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
        /// Nobody named it; it is what others mailed before this lineage, and no part of one alongside the feature.
        package let isAncestor: Bool
    }

    /// - Parameters:
    ///   - chosen: a number that the user wants; nil for the one after the last that was mailed, or the posted one's.
    ///   - since: a revision (`v1`) or variant that the user wants to count from; nil for the last one before.
    ///   - isSignedAnew: a Signed-off-by is added, so it is not the posted mail any more.
    package init(_ selection: Selection, of series: Series, chosen: Int?, since: String?, isSignedAnew: Bool)
        throws
    {
        if let chosen, chosen < 1 { throw Failure(.user, "revisions count from 1, not from \(chosen)") }
        let posted = selection.isAsPosted ? series.postedMail : nil
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
        } else if posted == nil, let ancestor = series.history.first(where: { $0.variant != nil }) {
            self.since = try Self.earlier(ancestor.name, of: series, isAncestor: true)
        } else {
            self.since = nil
        }
    }

    private static func earlier(_ name: String, of series: Series, isAncestor: Bool = false) throws -> Earlier
    {
        let variant = series.variant(mailedAs: name) ?? name
        let revision = series.revisions.first { $0.variant == variant }
        let ancestor = series.history.first { $0.variant == variant }
        return Earlier(
            name: revision.map { "v\($0.number)" } ?? ancestor?.name ?? name,
            selection: try Selection(variant: variant, settings: [], of: series),
            link: revision.map { Series.link($0.messageID) } ?? ancestor?.messageID.map(Series.link),
            isAncestor: isAncestor
        )
    }
}

extension Series {
    /// The variant that a mail was, by its number (`v1`) or by what the history calls it (`RFC v1`); nil if none was.
    func variant(mailedAs name: String) -> String? {
        revisions.first { "v\($0.number)" == name }?.variant
            ?? history.first { $0.name == name || $0.name.hasSuffix(" " + name) }?.variant
    }

    /// The mail that the posted variant was, and its number among those of its author.
    fileprivate var postedMail: (number: Int, messageID: String)? {
        guard let posted else { return nil }
        if let mailed = revisions.first(where: { $0.variant == posted }) {
            return (mailed.number, mailed.messageID)
        }
        return history.firstIndex { $0.variant == posted }.flatMap { index in
            history[index].messageID.map { (index + 1, $0) }
        }
    }

    /// Where a mail can be read.
    static func link(_ messageID: String) -> String { "https://lore.kernel.org/r/\(messageID)" }

    /// What others mailed before, one line for each; empty for nothing.
    var ancestry: String {
        let lines = history.flatMap { row in
            let said = [row.messageID.map(Self.link), row.note].compactMap { $0 }.joined(separator: ", ")
            return Prose.lines("- ", "\(row.name): \(said)", width: Prose.mailWidth)
        }
        return (["Earlier, by \(author.name):"] + lines).joined(separator: "\n")
    }
}
