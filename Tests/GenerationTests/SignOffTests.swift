// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Testing

@Suite struct SignOffTests {
    private let ann = Signature(name: "Ann", email: "ann@example.org", time: Timestamp(seconds: 0))
    private let line = "Signed-off-by: Ann <ann@example.org>"

    /// As `git commit --signoff` does it.
    @Test(arguments: [
        ("One\n", "One\n\nSigned-off-by: Ann <ann@example.org>\n"),
        ("One\n\nText.\n\n\n", "One\n\nText.\n\nSigned-off-by: Ann <ann@example.org>\n"),
        (
            "One\n\nText.\n\nLink: https://example.org\n",
            "One\n\nText.\n\nLink: https://example.org\nSigned-off-by: Ann <ann@example.org>\n"
        ),
        // A sentence with a colon is no trailer.
        (
            "One\n\nNote this: it matters.\n",
            "One\n\nNote this: it matters.\n\nSigned-off-by: Ann <ann@example.org>\n"
        ),
        (
            "One\n\nSigned-off-by: Ann <ann@example.org>\n", "One\n\nSigned-off-by: Ann <ann@example.org>\n"
        ),
    ])
    func joinsTheTrailers(message: String, expected: String) {
        #expect(SignOff.add(ann, to: message) == expected)
        #expect(SignOff.add(ann, to: expected) == expected)
    }

    @Test func nobodySignsForOthers() throws {
        try SignOff.check("One\n\n\(line)\n", file: "message.txt", user: ann)
        let bob = Signature(name: "Bob", email: "bob@example.org", time: Timestamp(seconds: 0))
        let failure = #expect(throws: Failure.self) {
            try SignOff.check("One\n\nsigned-OFF-by: Ann <ann@example.org>\n", file: "message.txt", user: bob)
        }
        #expect(failure?.fault == .user)
        #expect(failure?.description.hasPrefix("message.txt says") == true)
    }
}
