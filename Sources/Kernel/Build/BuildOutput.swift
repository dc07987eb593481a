// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Reads what a kernel build prints, line by line.
///
/// Expects whole targets' output at a time (`make --output-sync`): two gcc
/// whose lines mix can't be told apart.
struct BuildOutput {
    /// What kbuild said it made: `  CC      init/main.o`.
    struct Step: Hashable {
        let action: String
        let target: String

        /// Whether it was the compiler or the assembler; what unpacks the kernel is made after the kernel was linked,
        /// and is no part of it.
        var isObject: Bool {
            (action == "CC" || action == "AS") && target.hasSuffix(".o")
                && !target.hasPrefix(Architecture.x86.bootFolder + "/")
        }
    }

    /// A kernel that is broken everywhere must not fill the memory: the log has every line.
    private static let mostDiagnostics = 20_000
    private static let mostContextLines = 200

    private let source: String
    private var compiler: [CompilerDiagnostic] = []
    private var kbuild: [CompilerDiagnostic] = []
    /// Lines that introduce the next complaint: "In file included from …".
    private var prelude: [String] = []
    /// What is being made.
    private var target: String?
    /// Whether further lines may belong to the last compiler complaint.
    private var open = false
    /// The first sign that the machine, not the kernel, is at fault.
    private(set) var infrastructure: InfrastructureFault?

    /// - Parameter source: the absolute source folder; what lies in it is named relative to it.
    init(source: String) {
        self.source = source + "/"
    }

    /// Errors first, in the order they came, the compiler's before make's; then warnings.
    var diagnostics: [CompilerDiagnostic] {
        let once = compiler.oncePerPlace()
        return once.filter { $0.kind == .error } + kbuild + once.filter { $0.kind == .warning }
    }

    /// Takes the next line; returns the step if the line is one.
    mutating func consume(_ line: String) -> Step? {
        if infrastructure == nil { infrastructure = InfrastructureFault(line: line) }
        if let step = Self.step(line) {
            close()
            target = step.target
            return step
        }
        if let error = Self.makeError(line) {
            close()
            kbuild.append(error)
        } else if let (diagnostic, isNote) = located(line) ?? Self.unlocated(line) {
            if isNote {
                attach(line)
            } else if compiler.count < Self.mostDiagnostics {
                compiler.append(diagnostic.with(context: prelude, target: target))
                prelude = []
                open = true
            }
        } else if Self.isPrelude(line) {
            // Of the next complaint, or of a note on this one.
            if prelude.count < Self.mostContextLines { prelude.append(shortened(line)) }
        } else if open, line.first == " " || line.first == "\t" || line.hasPrefix("|") {
            attach(line)
        } else {
            close()
        }
        return nil
    }

    private mutating func attach(_ line: String) {
        guard let last = compiler.indices.last else { return }
        if open, compiler[last].context.count < Self.mostContextLines {
            compiler[last].context += prelude + [shortened(line)]
            prelude = []
        }
    }

    private mutating func close() {
        open = false
        prelude = []
    }

    private func shortened(_ line: String) -> String {
        var result = line
        while let range = result.firstRange(of: source) { result.removeSubrange(range) }
        return result
    }

    private func relative(_ file: Substring) -> String {
        file.hasPrefix(source) ? String(file.dropFirst(source.count)) : String(file)
    }
}

extension Architecture {
    /// Where what unpacks the kernel is made, below the build folder.
    var bootFolder: String { FilePath(imagePath).removingLastComponent().string }
}

extension BuildOutput {
    /// `  CC [M]  path` and the like: two spaces, a word in capitals, a path.
    static func step(_ line: String) -> Step? {
        guard line.hasPrefix("  "), let first = line.dropFirst(2).first, first.isASCII, first.isUppercase
        else { return nil }
        let rest = line.dropFirst(2)
        let action = rest.prefix { $0 != " " }
        guard action.count <= 12,
            action.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") })
        else {
            return nil
        }
        var target = rest.dropFirst(action.count).trimmed
        if target.hasPrefix("[M]") { target = target.dropFirst(3).trimmed }
        return target.isEmpty ? nil : Step(action: String(action), target: String(target))
    }

    /// `make[3]: *** [scripts/Makefile.build:286: init/main.o] Error 1`
    static func makeError(_ line: String) -> CompilerDiagnostic? {
        guard line.hasPrefix("make"), let stars = line.firstRange(of: ": *** ") else { return nil }
        var message = line[stars.upperBound...].trimmed
        var target: String?
        if message.first == "[", let close = message.lastIndex(of: "]") {
            let inside = message[message.index(after: message.startIndex)..<close]
            target = String(
                inside[(inside.lastIndex(of: " ").map(inside.index(after:)) ?? inside.startIndex)...]
            )
            let rest = message[message.index(after: close)...].trimmed
            message = rest.isEmpty ? message : rest
        }
        return CompilerDiagnostic(
            kind: .error,
            file: target,
            line: nil,
            column: nil,
            message: "make: \(message)",
            flag: nil,
            context: [line]
        )
    }

    private static let kinds: [(word: String, kind: CompilerDiagnostic.Kind?)] = [
        ("fatal error: ", .error), ("error: ", .error), ("Error: ", .error), ("warning: ", .warning),
        ("Warning: ", .warning), ("note: ", nil), ("undefined reference to ", .error),
        ("multiple definition of ", .error),
    ]

    private static func kind(_ text: Substring) -> (kind: CompilerDiagnostic.Kind?, message: Substring)? {
        for (word, kind) in kinds where text.hasPrefix(word) {
            // The linker has no kind before its message.
            let message = word.hasSuffix(": ") ? text.dropFirst(word.count) : text
            return (kind, message)
        }
        return nil
    }

    /// `file:line:column: kind: message [flag]`, column optional; and the
    /// linker's `file.c:(.text+0x1): undefined reference to …`.
    private func located(_ line: String) -> (CompilerDiagnostic, isNote: Bool)? {
        var search = line[...]
        while let colon = search.firstIndex(of: ":") {
            let after = line.index(after: colon)
            search = line[after...]
            var rest = search
            var lineNumber: Int?
            var column: Int?
            if rest.first == "(", let end = rest.firstRange(of: "): ") {
                rest = rest[end.upperBound...]
            } else {
                guard let number = Self.number(&rest) else { continue }
                lineNumber = number
                column = Self.number(&rest)
                guard rest.first == " " else { continue }
                rest = rest.dropFirst()
            }
            guard let (kind, message) = Self.kind(rest), colon != line.startIndex else { continue }
            let (text, flag) = Self.splitFlag(message)
            let file = Self.withoutTool(line[..<colon])
            return (
                CompilerDiagnostic(
                    kind: kind ?? .warning,
                    file: relative(file),
                    line: lineNumber,
                    column: column,
                    message: text,
                    flag: flag,
                    context: []
                ), kind == nil
            )
        }
        return nil
    }

    /// `ld: init/main.o: …`, `init/main.o: warning: objtool: …`,
    /// `ERROR: modpost: …`, `cc1: all warnings being treated as errors`.
    private static func unlocated(_ line: String) -> (CompilerDiagnostic, isNote: Bool)? {
        func made(_ kind: CompilerDiagnostic.Kind, _ file: Substring?, _ message: Substring) -> (
            CompilerDiagnostic, Bool
        ) {
            let (text, flag) = splitFlag(message)
            return (
                CompilerDiagnostic(
                    kind: kind,
                    file: file.map(String.init),
                    line: nil,
                    column: nil,
                    message: text,
                    flag: flag,
                    context: []
                ), false
            )
        }
        if line.hasPrefix("ERROR: ") { return made(.error, nil, line.dropFirst(7)) }
        if line.hasPrefix("WARNING: ") { return made(.warning, nil, line.dropFirst(9)) }
        guard line.first != " ", let colon = line.firstRange(of: ": ") else { return nil }
        let subject = line[..<colon.lowerBound]
        let rest = line[colon.upperBound...]
        if case (let kind?, let message)? = kind(rest), !rest.hasPrefix("undefined"),
            !rest.hasPrefix("multiple")
        {
            return made(kind, subject, message)
        }
        let tool = subject.split(separator: "/").last ?? subject
        if tool == "ld" || tool == "collect2" || tool == "cc1", !rest.contains(": in function") {
            let inner = rest.hasPrefix("error: ") ? rest.dropFirst(7) : rest
            return made(.error, subject, inner)
        }
        return nil
    }

    /// `ld: file.o:file.c` names three; the source is meant.
    private static func withoutTool(_ text: Substring) -> Substring {
        var file = text
        if let space = file.firstRange(of: ": ") { file = file[space.upperBound...] }
        if let object = file.firstRange(of: ".o:") { file = file[object.upperBound...] }
        return file
    }

    /// Reads digits and the colon behind them.
    private static func number(_ text: inout Substring) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let value = Int(digits), text.dropFirst(digits.count).first == ":" else { return nil }
        text = text.dropFirst(digits.count + 1)
        return value
    }

    private static func splitFlag(_ message: Substring) -> (String, String?) {
        guard message.last == "]", let open = message.lastIndex(of: "[") else {
            return (String(message), nil)
        }
        let flag = message[message.index(after: open)..<message.index(before: message.endIndex)]
        guard flag.hasPrefix("-W") || flag.hasPrefix("-f") else { return (String(message), nil) }
        return (String(message[..<open].trimmed), String(flag))
    }

    private static func isPrelude(_ line: String) -> Bool {
        line.hasPrefix("In file included from ") || line.hasPrefix("                 from ")
            || line.contains(": In function '") || line.contains(": In member function '")
            || line.hasSuffix(": At top level:") || line.hasSuffix(": Assembler messages:")
            || line.contains(": in function `") || line.contains(": In function `")
    }
}

extension CompilerDiagnostic {
    fileprivate func with(context: [String], target: String?) -> CompilerDiagnostic {
        var copy = self
        copy.context = context
        copy.target = target
        return copy
    }
}
