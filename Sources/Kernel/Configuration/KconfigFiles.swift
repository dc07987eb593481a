// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A tree's Kconfig files, read only as far as it takes to say why a symbol
/// could not be set. kconfig itself is the judge; this finds the words.
struct KconfigFiles {
    /// One `config X` block.
    struct Definition: Hashable {
        let place: String
        var hasPrompt = false
        /// Its own `depends on`, and the conditions of the `if`, `menu` and
        /// `choice` blocks around it in the same file.
        var conditions: [String]
    }

    let source: FilePath
    /// Relative to the source.
    let files: [String]

    /// The files that kbuild itself found, from include/config/auto.conf.cmd.
    static func list(in dependencies: some Sequence<UInt8>) -> [String] {
        var files: [String] = []
        var inside = false
        for line in String(decoding: Array(dependencies), as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ) {
            if line.hasPrefix("deps_config") {
                inside = true
            } else if inside {
                guard line.first == "\t" else { break }
                let name = line.split(separator: " ").first?.trimmed ?? ""
                if !name.isEmpty, name != "\\" { files.append(String(name)) }
            }
        }
        return files
    }

    /// What keeps `symbol` (without CONFIG_) from being as asked, in words.
    func reasons(for symbol: String, in config: DotConfig) -> [String] {
        let found = definitions(of: symbol)
        guard !found.isEmpty else { return ["no Kconfig file of this tree defines it"] }
        guard found.contains(where: \.hasPrompt) else {
            return [
                "it has no prompt (\(found[0].place)): only another symbol's select or its default can set it"
            ]
        }
        var reasons: [String] = []
        for definition in found {
            for condition in definition.conditions {
                let expression = KconfigExpression(condition)
                for unmet in expression.unmet(in: config) {
                    let text = "it depends on \(unmet) (\(definition.place))"
                    if !reasons.contains(text) { reasons.append(text) }
                }
            }
        }
        return reasons
    }

    func definitions(of symbol: String) -> [Definition] {
        files.flatMap { file -> [Definition] in
            let path = FilePath(file).isAbsolute ? FilePath(file) : source.appending(file)
            // A reason is help, not the verdict: a file that has gone gives none.
            guard let bytes = try? Files.read(path, limit: 16 << 20) else { return [] }
            return Self.definitions(of: symbol, in: String(decoding: bytes, as: UTF8.self), file: file)
        }
    }

    static func definitions(of symbol: String, in text: String, file: String) -> [Definition] {
        guard text.contains("config \(symbol)") else { return [] }
        var found: [Definition] = []
        var scopes: [String] = []  // one for each open if, menu, choice; "" if unconditional
        var inScopeHead = false
        var current: Definition?
        for (number, raw) in joinContinuations(text) {
            let line = raw.trimmed
            let word = line.prefix { $0 != " " && $0 != "\t" }
            let rest = line.dropFirst(word.count).trimmed
            let starts = [
                "config", "menuconfig", "if", "endif", "menu", "endmenu", "choice", "endchoice", "source",
                "comment", "mainmenu",
            ]
            if starts.contains(String(word)) {
                if let done = current { found.append(done) }
                current = nil
                inScopeHead = false
            }
            switch word {
            case "config", "menuconfig":
                guard rest == symbol else { continue }
                current = Definition(place: "\(file):\(number)", conditions: scopes.filter { !$0.isEmpty })
            case "if":
                scopes.append(String(rest))
            case "menu", "choice":
                scopes.append("")
                inScopeHead = true
            case "endif", "endmenu", "endchoice":
                _ = scopes.popLast()
            case "depends":
                let condition = String(rest.hasPrefix("on ") ? rest.dropFirst(3) : rest)
                if current != nil {
                    current?.conditions.append(condition)
                } else if inScopeHead, let last = scopes.indices.last {
                    // Each would copy those before it; `KconfigExpression` doesn't judge so long a one.
                    if scopes[last].utf8.count > 1 << 17 { continue }
                    scopes[last] = scopes[last].isEmpty ? condition : "(\(scopes[last])) && (\(condition))"
                }
            case "bool", "tristate", "string", "int", "hex", "prompt":
                if rest.first == "\"" {
                    current?.hasPrompt = true
                    if let condition = promptCondition(rest) { current?.conditions.append(condition) }
                }
            default:
                break
            }
        }
        if let done = current { found.append(done) }
        return found
    }

    /// `"Text" if COND`
    private static func promptCondition(_ text: Substring) -> String? {
        guard let close = text.lastIndex(of: "\"") else { return nil }
        let rest = text[text.index(after: close)...].trimmed
        return rest.hasPrefix("if ") ? String(rest.dropFirst(3)) : nil
    }

    private static func joinContinuations(_ text: String) -> [(Int, String)] {
        var lines: [(Int, String)] = []
        var continued = false
        for (index, line) in text.lines.enumerated() {
            let ends = line.last == "\\"
            let body = ends ? line.dropLast() : line
            if continued, let last = lines.indices.last {
                lines[last].1 += " " + body.trimmed
            } else {
                lines.append((index + 1, String(body)))
            }
            continued = ends
        }
        return lines
    }
}
