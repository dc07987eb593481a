// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git

/// What a series is besides its patches.
package struct SeriesHead {
    package var name: String
    package var cover: String?
    package var coverID: String?
    package var revision = 1
    package var changeID: String?
    /// What is known of it, if a series of the project was made of the same mails.
    package var known: KnownSeries?

    /// The variant that is everything as imported.
    static let variant = "posted"

    package init(name: String) { self.name = name }

    package init(name: String, _ source: ReadSource) {
        self.name = name
        cover = source.cover
        coverID = source.coverID
        revision = source.revision
        changeID = source.changeID
    }
}

extension SeriesHead {
    /// series.yml.
    func manifest(_ folders: [PatchFolder]) -> String {
        let first = folders.first?.patch
        let title = cover?.lines.first.map(String.init) ?? first?.subject ?? name
        var lines = [
            "# SPDX-License-Identifier: GPL-2.0-only",
            "#",
            "# Made by `kpatch-gen import`. How to read and change it: docs/templates.md.",
            "",
            "name: \(Self.quoted(name))",
            "title: \(Self.quoted(title))",
            "purpose: mail",
        ]
        if let author = first?.author { lines.append("author: \(Self.identity(author))") }
        lines.append("posted: \(Self.variant)")
        if let changeID { lines.append("change-id: \(Self.quoted(changeID))") }
        if let id = coverID ?? first?.messageID {
            lines += [
                "revisions:", "  - number: \(revision)", "    variant: \(Self.variant)",
                "    message-id: \(Self.quoted(id))",
            ]
        }
        lines += [
            "", "variants:", "  \(Self.variant):",
            "    summary: \(folders.count == 1 ? "The patch as it was imported" : "The patches as they were imported")",
            "    set: {}", "", "patches:",
        ]
        for folder in folders {
            lines.append("  - folder: \(Self.quoted(folder.name))")
            if folder.patch.author != first?.author {
                lines.append("    author: \(Self.identity(folder.patch.author))")
            }
            if let id = folder.patch.messageID { lines.append("    message-id: \(Self.quoted(id))") }
            if !folder.rows.isEmpty { lines.append("    files:") }
            for row in folder.rows {
                let fields = row.fields.map { "\($0.key): \(Self.quoted($0.value))" }.joined(separator: ", ")
                lines.append("      \(Self.quoted(row.path)): {\(fields)}")
            }
        }
        lines += known?.upstream ?? []
        return lines.joined(separator: "\n") + "\n"
    }

    private static func identity(_ person: Signature) -> String {
        let minutes = abs(person.time.offsetMinutes)
        let zone = String(minutes / 60 * 100 + minutes % 60)
        let digits = String(repeating: "0", count: max(0, 4 - zone.count)) + zone
        let date = "\(person.time.seconds) \(person.time.offsetMinutes < 0 ? "-" : "+")\(digits)"
        return "{name: \(quoted(person.name)), email: \(quoted(person.email)), date: \(quoted(date))}"
    }

    /// A text that YAML takes for nothing else.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "-_./+".utf8.contains(byte)
        }
        if isPlain, let first = text.utf8.first, first != UInt8(ascii: "-") { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || (0x7f...0xa0).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                result += "\\x" + (hex.count == 1 ? "0" : "") + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// `0003-kvm-svm-do-this`
    static func folder(_ number: Int, _ subject: String) -> String {
        var name = ""
        for character in subject.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                name.append(character)
            } else if !name.isEmpty, name.last != "-" {
                name.append("-")
            }
        }
        let digits = String(number)
        let start = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        var cut = "\(start)-\(name.isEmpty ? "patch" : name)".prefix(52)
        while cut.last == "-" { cut.removeLast() }
        return String(cut)
    }
}
