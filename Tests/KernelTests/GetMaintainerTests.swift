// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import Kernel

@Suite struct GetMaintainerTests {
    @Test func linesOfTheScriptAreRead() throws {
        let text = """
            Paolo Bonzini <pbonzini@redhat.com> (supporter:KERNEL VIRTUAL MACHINE (KVM))
            "H. Peter Anvin" <hpa@zytor.com> (reviewer:X86 ARCHITECTURE (32-BIT AND 64-BIT),maintainer:B)
            x86@kernel.org (maintainer:X86 ARCHITECTURE (32-BIT AND 64-BIT))
            kvm@vger.kernel.org (open list:KERNEL VIRTUAL MACHINE (KVM))
            Jörg <j@example.org> (odd fixer:A)

            """
        let recipients = try GetMaintainer.parse(text)
        #expect(recipients.map(\.name) == ["Paolo Bonzini", "H. Peter Anvin", "", "", "Jörg"])
        #expect(
            recipients.map(\.email) == [
                "pbonzini@redhat.com", "hpa@zytor.com", "x86@kernel.org", "kvm@vger.kernel.org",
                "j@example.org",
            ]
        )
        #expect(recipients.map(\.isMaintainer) == [true, false, true, false, true])
        #expect(recipients[0].role == "supporter:KERNEL VIRTUAL MACHINE (KVM)")
    }

    @Test(arguments: [
        "", "Bad divisor", "a@b", "Name <a@b>", "two words@b (role)", "<a@b (role)", "A <a@b (maintainer:x)",
    ])
    func otherLinesAreRefused(line: String) {
        #expect(throws: RecipientError.unreadable(line: line)) { try GetMaintainer.parse(line) }
    }

    @Test func neededFilesAreNamed() {
        #expect(throws: RecipientError.missing(file: "MAINTAINERS")) {
            try GetMaintainer(files: [GetMaintainer.script: []], changed: [])
        }
    }
}
