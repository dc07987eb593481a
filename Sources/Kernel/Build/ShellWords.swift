// SPDX-License-Identifier: GPL-2.0-only

/// A command as kbuild notes it (`.foo.o.cmd`), cut into the words that a shell would make of it.
enum ShellWords {
    /// The words up to the first `;`, `&&` or `|` outside of quotes.
    ///
    /// - Returns: nil where a shell would do more than cut: expand, substitute, redirect; or where a quote isn't closed.
    static func first(of command: Substring) -> [String]? {
        var words: [String] = []
        var word = ""
        var isWord = false
        var quote: Character?
        var isEscaped = false
        loop: for character in command {
            if isEscaped {
                // Between double quotes a backslash escapes these alone.
                if quote == "\"", !"\\\"$`".contains(character) { word.append("\\") }
                word.append(character)
                isEscaped = false
            } else if quote == "'" {
                if character == "'" { quote = nil } else { word.append(character) }
            } else if character == "\\" {
                isEscaped = true
                isWord = true
            } else if character == "`" || character == "$" {
                return nil
            } else if quote == "\"" {
                if character == "\"" { quote = nil } else { word.append(character) }
            } else {
                switch character {
                case "'", "\"":
                    quote = character
                    isWord = true
                case " ", "\t":
                    if isWord { words.append(word) }
                    (word, isWord) = ("", false)
                case ";", "&", "|": break loop
                case "<", ">", "(", ")", "*", "?": return nil
                case _:
                    word.append(character)
                    isWord = true
                }
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if isWord { words.append(word) }
        return words
    }
}
