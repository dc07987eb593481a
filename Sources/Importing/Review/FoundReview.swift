// SPDX-License-Identifier: GPL-2.0-only

import Base

/// The points of a thread: who said what, about which line, and what others said to it.
package struct FoundReview: Sendable {
    package struct Place: Sendable {
        /// Of the series, from 0.
        package let patch: Int
        /// The kernel file, or `message.txt`.
        package let file: String
        /// The function, struct or section, as far as the patch shows it.
        package let function: String?
        /// 1-based, in the file as the patch was mailed with it.
        package let line: Int
        /// The quoted line.
        package let quote: String
    }

    /// What one person said in one piece.
    package struct Remark: Sendable {
        package let who: String
        /// From 1, as `ReviewThread.answers`.
        package let message: Int
        package let says: String
    }

    package struct Point: Sendable {
        package let remark: Remark
        /// Nil where nothing of the patches was quoted above it.
        package let place: Place?
        package fileprivate(set) var debate: [Remark] = []
    }

    /// A diff that somebody wrote into an answer.
    struct Diff: Sendable {
        let who: String
        let message: Int
        /// The patch that the answer is about, from 0.
        let patch: Int
        /// The point that it was written to, from 0; nil for none.
        let point: Int?
        let bytes: [UInt8]
    }

    /// A trailer that somebody gave.
    package struct Tag: Sendable {
        /// `Reviewed-by: Name <address>`
        package let text: String
        package let message: Int
        /// From 0; nil for all patches.
        package let patch: Int?
    }

    package private(set) var points: [Point] = []
    private(set) var diffs: [Diff] = []
    package private(set) var tags: [Tag] = []
    package private(set) var notes: [String] = []
    package let thread: ReviewThread

    /// Reads what was said in a thread.
    package init(_ thread: ReviewThread) throws {
        self.thread = thread
        let posted = thread.posted.map(PostedLines.init)
        /// What was written so far, and the point that it belongs to.
        var written: [(words: [Substring], point: Int)] = []
        var patches: [String: Int] = [:]
        for (index, mail) in thread.posted.enumerated() {
            if let id = mail.messageID { patches[id] = index }
        }
        for mail in thread.answers {
            try Task.checkCancellation()
            let own = OwnText(mail)
            let known = mail.answers.lazy.compactMap { patches[$0] }.first
            let candidates = known.map { [$0] } ?? Array(posted.indices)
            let compared = candidates.map { ($0, QuotedPatch(own, posted[$0])) }
            guard let (patch, quotes) = compared.max(by: { $0.1.weight < $1.1.weight }) else { continue }
            // Its own answers are about the same patch.
            if let id = mail.messageID, known != nil || quotes.weight > 0 { patches[id] = patch }
            collectTags(
                mail,
                own,
                mail.answers.contains { patches[$0] != nil } || posted.count == 1 ? patch : nil
            )
            var added: [(words: [Substring], point: Int)] = []
            for block in own.blocks {
                var last: Int?
                let place = place(block, own, quotes, posted[patch], patch)
                let answered = place.isExact ? nil : answered(block, own, quotes, written)
                for paragraph in block.paragraphs {
                    let remark = Remark(who: mail.name, message: mail.number, says: paragraph.text.onOneLine)
                    if let answered {
                        points[answered].debate.append(remark)
                        last = answered
                    } else {
                        points.append(Point(remark: remark, place: place.place))
                        last = points.count - 1
                    }
                    if let last { added.append((paragraph.words, last)) }
                }
                for lines in block.diffs {
                    let text = mail.lines[lines].map { "\($0)\n" }.joined()
                    diffs.append(
                        Diff(
                            who: mail.name,
                            message: mail.number,
                            patch: patch,
                            point: last ?? answered,
                            bytes: Array(text.utf8)
                        )
                    )
                }
            }
            // A mail quotes none of its own.
            written += added
            guard points.count <= Self.limit else {
                throw ImportError(
                    .source,
                    "more than \(Self.limit) points, which is the limit\ntake one thread, as `b4 mbox MESSAGE-ID` does"
                )
            }
        }
    }

    private static let limit = 20_000

    /// The quoted line above a block; not exact where something else was quoted below it.
    private func place(
        _ block: OwnText.Block,
        _ own: OwnText,
        _ quotes: QuotedPatch,
        _ posted: PostedLines,
        _ patch: Int
    ) -> (place: Place?, isExact: Bool) {
        guard let quoted = block.quoted else { return (nil, false) }
        func found(_ line: Int, isExact: Bool) -> (Place?, Bool)? {
            guard let place = posted.lines[line].place else { return nil }
            let result = Place(
                patch: patch,
                file: place.file,
                function: place.function,
                line: place.line,
                quote: String(posted.lines[line].text.trimmed).onOneLine
            )
            return (result, isExact)
        }
        // Prose is wrapped anew by those who quote it.
        if quotes.lines[quoted] == nil, let line = posted.lineOfProse(endingWith: own.lines[...quoted]),
            let place = found(line, isExact: true)
        {
            return place
        }
        var index = quoted
        // Up to where its author's own words begin again.
        while index >= 0, own.lines[index].depth > 0 || own.lines[index].isBlank {
            if let line = quotes.lines[index], let place = found(line, isExact: index == quoted) {
                return place
            }
            index -= 1
        }
        return (nil, false)
    }

    /// The point to which belongs what was quoted last above a block.
    private func answered(
        _ block: OwnText.Block,
        _ own: OwnText,
        _ quotes: QuotedPatch,
        _ written: [(words: [Substring], point: Int)]
    ) -> Int? {
        guard let quoted = block.quoted else { return nil }
        var start = quoted
        let depth = own.lines[quoted].depth
        while start > 0, own.lines[start - 1].depth == depth, !own.lines[start - 1].isBlank,
            quotes.lines[start - 1] == nil
        {
            start -= 1
        }
        let words = own.lines[start...quoted].map(\.text).joined(separator: " ").comparableWords
        guard !words.isEmpty else { return nil }
        let parts = Self.shingles(words)
        var best: (share: Double, point: Int)?
        // Of two that read alike, the later one is more likely to be available.
        for entry in written.reversed() {
            let share: Double
            if words.count < 3 {
                share = entry.words == words ? 1 : entry.words.suffix(words.count) == words[...] ? 0.9 : 0
            } else {
                let common = parts.intersection(Self.shingles(entry.words)).count
                share = Double(common) / Double(parts.count)
            }
            if share >= 0.5, share > best?.share ?? 0 { best = (share, entry.point) }
        }
        return best?.point
    }

    private static func shingles(_ words: [Substring]) -> Set<[Substring]> {
        guard words.count > 3 else { return [words] }
        return Set((0...(words.count - 3)).map { Array(words[$0..<$0 + 3]) })
    }

    /// Tags that people gave for themselves; those under another name are said.
    private mutating func collectTags(_ mail: ReviewThread.Mail, _ own: OwnText, _ patch: Int?) {
        for (index, line) in own.lines.enumerated() where line.depth == 0 {
            if ["-- ", "--"].contains(line.text) { break }
            guard let tag = ReviewTag(mail.lines[index]) else { continue }
            let isOwn =
                mail.email == nil || tag.email == mail.email?.lowercased()
                || tag.name?.lowercased() == mail.name.lowercased()
            guard isOwn else {
                notes.append(
                    "message \(mail.number) is from \(mail.name.onOneLine) and says '\(tag.key): \(tag.value)', which isn't collected"
                )
                continue
            }
            let text = "\(tag.key): \(tag.value)"
            guard !tags.contains(where: { $0.text == text && $0.patch == patch }) else { continue }
            tags.append(Tag(text: text, message: mail.number, patch: patch))
        }
    }
}
