// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

/// What Universal Ctags says about C files: a judge that shares no code with CSource.
struct Ctags {
    struct Tag: Hashable {
        enum Kind: String {
            case function, prototype, variable
            case structure = "struct"
            case union
            case enumeration = "enum"
        }

        let name: String
        let kind: Kind
        /// 1-based, the last line included.
        let lines: ClosedRange<Int>
    }

    private let tags: [String: [Tag]]

    /// Reads files of `scratch`; what is nested in something else is left out.
    init(_ paths: [String], in scratch: Scratch) throws {
        let names = paths.filter { !$0.hasSuffix(".rst") }.sorted()
        // A list of macro calls without semicolons is the head of a function to ctags.
        let ignored =
            "__initdata,KVM_X86_OP+,KVM_X86_OP_OPTIONAL+,KVM_X86_OP_OPTIONAL_RET0+,DECLARE_KPATCH+"
        let command = [
            "ctags", "--quiet=yes", "--options=NONE", "--languages=C", "--langmap=C:.c.h", "--kinds-C=fpvsug",
            "--fields=nKesZ",
            "-I", ignored, "--sort=no", "-f", "-",
        ]
        let output = names.isEmpty ? [] : try scratch.run(command + names)
        var tags: [String: [Tag]] = [:]
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: "\t").map(String.init)
            func field(_ name: String) -> String? {
                fields.first { $0.hasPrefix(name + ":") }.map { String($0.dropFirst(name.count + 1)) }
            }
            let kinds = fields.dropFirst(3).compactMap { Tag.Kind(rawValue: $0) }
            guard let kind = kinds.first, let start = field("line").flatMap({ Int($0) }),
                field("scope") == nil
            else { continue }
            // To ctags, a macro call with semicolon is a prototype.
            if kind == .prototype, fields[0].hasPrefix("EXPORT_SYMBOL") { continue }
            let end = field("end").flatMap { Int($0) } ?? start
            tags[fields[1], default: []].append(
                Tag(name: fields[0], kind: kind, lines: start...max(start, end))
            )
        }
        self.tags = tags
    }

    subscript(_ path: String) -> [Tag] { tags[path] ?? [] }
}
