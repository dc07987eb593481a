// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base

/// What swift-argument-parser says about a command line, for the user's terminal.
enum HelpText {
    /// Fills the lines that it leaves as long as they are: USAGE, and the `Usage:` below an error.
    static func filled(_ text: String, width: Int = max(40, Terminal.width ?? 80)) -> String {
        text.lines.map(String.init).flatMap { line -> [String] in
            let lead = ["USAGE: kpatch-gen ", "Usage: kpatch-gen "].first(where: line.hasPrefix)
            guard let lead, line.count > width else { return [line] }
            // What belongs together stays together: "--tree <path|name>", "[--set <option=value> ...]".
            var parts: [String] = []
            var depth = 0
            for word in line.dropFirst(lead.count).split(separator: " ") {
                if depth > 0 || word.hasPrefix("<") && parts.last?.hasPrefix("-") ?? false,
                    let last = parts.popLast()
                {
                    parts.append("\(last) \(word)")
                } else {
                    parts.append(String(word))
                }
                depth += word.count(where: { $0 == "[" }) - word.count(where: { $0 == "]" })
            }
            return fill(parts, lead, width)
        }.joined(separator: "\n")
    }

    /// The error of a command line that swift-argument-parser refuses, with what was probably meant by a verb or option
    /// that there isn't: it says at best that something is unexpected, and mostly that something else is missing.
    static func error(_ text: String, for arguments: [String]) -> String {
        guard let unknown = unknown(arguments) else { return filled(text) }
        let usage = text.lines.drop { !$0.hasPrefix("Usage:") }
        return filled((["Error: \(unknown)"] + usage).joined(separator: "\n"))
    }

    private static func unknown(_ arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = KPatchGen.self
        var rest = arguments[...]
        while let word = rest.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
            rest = rest.dropFirst()
            let verbs = command.configuration.subcommands
            if let next = verbs.first(where: { $0.configuration.commandName == word }) {
                command = next
            } else if word != "help" {
                let near = didYouMean(word, verbs.compactMap { $0.configuration.commandName })
                return (["There is no verb '\(word.onOneLine)'"] + near).joined(separator: "; ")
            }
        }
        let known = Set(command.helpMessage().matches(of: /--[a-z][a-z-]*/).map { String($0.output) })
        for word in rest.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
            let name = String(word.prefix { $0 != "=" })
            if known.contains(name) { continue }
            let near = nearest(to: name, among: known.sorted(), by: { $0 }).prefix(3)
            guard !near.isEmpty else { return nil }
            return "There is no option '\(name.onOneLine)'; did you mean \(near.joined(separator: ", "))?"
        }
        return nil
    }

    private static func fill(_ parts: [String], _ lead: String, _ width: Int) -> [String] {
        var lines = [lead]
        for part in parts {
            let line = lines[lines.count - 1]
            if line.count + part.count > width, line.count > lead.count {
                lines.append(String(repeating: " ", count: lead.count) + part + " ")
            } else {
                lines[lines.count - 1] = line + part + " "
            }
        }
        return lines.map { String($0.dropLast()) }
    }
}
