// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git

/// Who vouches for a patch (Documentation/process/submitting-patches.rst): the author as posted, or whoever runs this.
package enum SignOff {
    private static let key = "Signed-off-by:"

    /// Refuses a message of a template that signs for somebody who has not seen the patch.
    ///
    /// - Parameter user: who runs this, whose own sign-off is theirs to give.
    package static func check(_ message: String, file: String, user: Signature) throws {
        for line in message.split(separator: "\n") where line.lowercased().hasPrefix(key.lowercased()) {
            guard !line.hasSuffix(" \(user.person)") else { continue }
            throw Failure(
                .user,
                "\(file) says '\(line)' of a patch that is not the posted one: nobody signs for others\nput Suggested-by there, or Co-developed-by once they agreed; your own comes with --signoff"
            )
        }
    }

    /// The message with a person's sign-off as its last trailer.
    package static func add(_ person: Signature, to message: String) -> String {
        let text = withOneNewline(message).dropLast()
        let trailer = "\(key) \(person.person)"
        guard !text.hasSuffix(trailer) else { return text + "\n" }
        return text + (endsWithTrailers(text) ? "\n" : "\n\n") + trailer + "\n"
    }

    /// A message as git stores it.
    package static func withOneNewline(_ message: String) -> String {
        var text = Substring(message)
        while text.last == "\n" { text.removeLast() }
        return text + "\n"
    }

    /// Whether the last paragraph is trailers (`Key-Word: value`), which another one joins without a blank line.
    private static func endsWithTrailers(_ text: Substring) -> Bool {
        let last =
            text.split(separator: "\n", omittingEmptySubsequences: false).split(separator: "").last ?? []
        return !last.isEmpty
            && last.allSatisfy { line in
                guard let colon = line.firstIndex(of: ":") else { return false }
                return line[..<colon].allSatisfy { $0.isLetter || $0 == "-" }
                    && line[colon...].hasPrefix(": ")
            }
    }
}
