// SPDX-License-Identifier: GPL-2.0-only

/// Who did what in a series, as `git shortlog` and cover letters show it (git's builtin/shortlog.c).
struct Shortlog {
    private let commits: [Commit]

    /// The series' commits, oldest first.
    init(_ commits: [Commit]) {
        self.commits = commits
    }

    /// An entry per author, by name, with the titles below it; an empty line ends each.
    var text: String {
        let authors: [String: [Commit]] = Dictionary(grouping: commits) { $0.author.name }
        var text = ""
        for name in authors.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let titles = (authors[name] ?? []).map { MailMessage($0.message).title }
            text += "\(name) (\(titles.count)):\n"
            for title in titles { text += Self.wrapped(title) + "\n" }
            text += "\n"
        }
        return text
    }

    /// A title in lines of at most 72 columns, the first one indented by two, the others by four.
    private static func wrapped(_ title: String) -> String {
        var text = "  "
        var column = 2
        for (index, word) in title.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            let width = word.unicodeScalars.count
            if index > 0, column + 1 + width > 72 {
                text += "\n    \(word)"
                column = 4 + width
            } else {
                if index > 0 {
                    text += " "
                    column += 1
                }
                text += word
                column += width
            }
        }
        return text
    }
}
