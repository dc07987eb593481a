// SPDX-License-Identifier: GPL-2.0-only

import Base

/// How a file's lines are grouped.
enum FileKind {
    /// C, headers, assembler, device trees: what begins in the first column.
    case c
    case kconfig
    case make
    /// Nothing but lines and paragraphs.
    case plain

    init(path: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if [".c", ".h", ".S", ".dts", ".dtsi"].contains(where: name.hasSuffix) {
            self = .c
        } else if name.hasPrefix("Kconfig") {
            self = .kconfig
        } else if name.hasPrefix("Makefile") || name.hasPrefix("Kbuild") || name.hasSuffix(".mk")
            || name == "Build"
        {
            self = .make
        } else {
            self = .plain
        }
    }

    /// The name of the unit that begins with a line; nil if none does.
    func unitName(_ line: [UInt8]) -> String? {
        switch self {
        case .c: cName(line)
        case .kconfig:
            Self.kconfigWords.contains(
                String(decoding: line.drop(while: isSpace).prefix(while: isWordByte), as: UTF8.self)
            )
                ? line.split(whereSeparator: isSpace).map { String(decoding: $0, as: UTF8.self) }.joined(
                    separator: " "
                )
                : nil
        case .make: makeName(line)
        case .plain: nil
        }
    }

    private static let kconfigWords: Set<String> = [
        "config", "menuconfig", "choice", "menu", "comment", "source", "endif", "endchoice", "endmenu", "if",
    ]

    /// A target, or a `define`.
    private func makeName(_ line: [UInt8]) -> String? {
        let head = line.prefix { $0 != UInt8(ascii: ":") }
        guard !line.starts(with: "define ".utf8) else {
            return String(decoding: head.stripped, as: UTF8.self)
        }
        guard head.endIndex < line.count, let first = line.first, !isSpace(first) else { return nil }
        let name = head.prefix { !isSpace($0) && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "=") }
        guard !name.isEmpty, head[name.endIndex...].allSatisfy(isSpace),
            head.endIndex + 1 >= line.count || line[head.endIndex + 1] != UInt8(ascii: "=")
        else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// What a line in the first column declares: a function, or the last name before `=`, `{`, `;`.
    private func cName(_ line: [UInt8]) -> String? {
        guard let first = line.first,
            isNameStart(first) || first == UInt8(ascii: "$") || first == UInt8(ascii: "&")
        else { return nil }
        let label = line.drop(while: isWordByte)
        if !label.isEmpty, label.startIndex > 0, label.first == UInt8(ascii: ":"),
            label.dropFirst().allSatisfy(isSpace)
        {
            return nil
        }
        func name(_ range: Range<Int>) -> String { String(decoding: line[range], as: UTF8.self) }
        func skipSpace(_ index: Int) -> Int { line[index...].firstIndex { !isSpace($0) } ?? line.count }
        var last: Range<Int>?
        var variable: String??
        var index = 0
        while index < line.count {
            if isWordByte(line[index]) {
                let end = line[index...].firstIndex { !isWordByte($0) } ?? line.count
                let next = skipSpace(end)
                if isNameStart(line[index]) {
                    last = index..<end
                    if next < line.count, line[next] == UInt8(ascii: "(") {
                        let function = name(index..<end)
                        guard Self.takesName(line[index..<end]) else { return function }
                        let start = skipSpace(next + 1)
                        let argument = line[start...].prefix(while: isWordByte)
                        return function + "(" + String(decoding: argument, as: UTF8.self)
                    }
                }
                index = end
            } else {
                if variable == nil, "={;[".utf8.contains(line[index]) {
                    variable = .some(
                        last.flatMap {
                            skipSpace($0.upperBound) == index && Self.ends(line, index) ? name($0) : nil
                        }
                    )
                }
                index += 1
            }
        }
        if variable == nil {
            variable = .some(last.flatMap { skipSpace($0.upperBound) == line.count ? name($0) : nil })
        }
        return (variable ?? nil) ?? String(decoding: line.stripped, as: UTF8.self)
    }

    /// Whether a declaration's name ends here: array bounds, then `=`, `{`, `;` or nothing.
    private static func ends(_ line: [UInt8], _ start: Int) -> Bool {
        var index = start
        while index < line.count {
            if isSpace(line[index]) {
                index += 1
            } else if line[index] == UInt8(ascii: "[") {
                guard let closing = line[index...].firstIndex(of: UInt8(ascii: "]")) else { return false }
                index = closing + 1
            } else {
                return "={;".utf8.contains(line[index])
            }
        }
        return true
    }

    /// Whether a call in the first column is told from others by its first argument.
    private static func takesName(_ word: ArraySlice<UInt8>) -> Bool {
        if namingCalls.contains(where: { word.starts(with: $0.utf8) }) { return true }
        return word.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            && !word.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    private static let namingCalls: [String] = ["SYSCALL", "EXPORT", "MODULE", "DEFINE", "module"]
}

/// A file's units (functions, structs, tables, Kconfig entries, targets), each from its first line to the next one's.
struct UnitIndex {
    let names: [String]
    let starts: [Int]
    let lineCount: Int
    /// Units by name.
    let named: [String: [Int]]
    /// For each line, and the end, the unit that it comes after or is in; -1 in front of the first.
    private let unitOfLine: [Int]
    /// For each line the unit whose body it is in, or -1: not what stands between units.
    private let bodyOfLine: [Int]

    init(_ table: LineTable, _ lines: [Int], _ kind: FileKind) {
        var names: [String] = []
        var starts: [Int] = []
        var unitOfLine: [Int] = []
        unitOfLine.reserveCapacity(lines.count + 1)
        for (index, line) in lines.enumerated() {
            if let name = kind.unitName(table.lines[line].bytes) {
                names.append(name)
                starts.append(index)
            }
            unitOfLine.append(starts.count - 1)
        }
        unitOfLine.append(starts.count - 1)
        self.names = names
        self.starts = starts
        self.unitOfLine = unitOfLine
        lineCount = lines.count
        named = Dictionary(grouping: names.indices) { names[$0] }
        var body = [Int](repeating: -1, count: lines.count + 1)
        for unit in starts.indices {
            let end = unit + 1 < starts.count ? starts[unit + 1] : lines.count
            let last = Self.bodyEnd(table, lines, starts[unit]..<end, kind)
            for line in starts[unit]..<last { body[line] = unit }
        }
        bodyOfLine = body
    }

    private static func bodyEnd(_ table: LineTable, _ lines: [Int], _ unit: Range<Int>, _ kind: FileKind)
        -> Int
    {
        func line(_ index: Int) -> [UInt8] { table.lines[lines[index]].bytes }
        switch kind {
        case .c: return unit.first { line($0).first == UInt8(ascii: "}") }.map { $0 + 1 } ?? unit.lowerBound
        case .kconfig:
            let word = String(
                decoding: line(unit.lowerBound).drop(while: isSpace).prefix(while: isWordByte),
                as: UTF8.self
            )
            return word == "config" || word == "menuconfig" ? unit.upperBound : unit.lowerBound
        case .make:
            if line(unit.lowerBound).starts(with: "define ".utf8) {
                let end = (unit.lowerBound..<lines.count).first { line($0).starts(with: "endef".utf8) }
                return end.map { $0 + 1 } ?? unit.upperBound
            }
            return (unit.lowerBound + 1..<unit.upperBound).first { line($0).first != UInt8(ascii: "\t") }
                ?? unit.upperBound
        case .plain: return unit.lowerBound
        }
    }

    func unit(of line: Int) -> Int? {
        unitOfLine.indices.contains(line) && unitOfLine[line] >= 0 ? unitOfLine[line] : nil
    }

    func lines(of unit: Int) -> Range<Int> {
        starts[unit]..<(unit + 1 < starts.count ? starts[unit + 1] : lineCount)
    }

    /// The unit whose body a line is in.
    func body(at line: Int) -> Int? {
        bodyOfLine.indices.contains(line) && bodyOfLine[line] >= 0 ? bodyOfLine[line] : nil
    }

    /// The unit that lines are in the body of; for none, the one that a line put there would be in.
    func body(around lines: Range<Int>) -> Int? {
        if lines.isEmpty {
            guard lines.lowerBound > 0, let unit = body(at: lines.lowerBound - 1) else { return nil }
            return body(at: lines.lowerBound) == unit ? unit : nil
        }
        let unit = body(at: lines.lowerBound)
        return body(at: lines.upperBound - 1) == unit ? unit : nil
    }

    func isStart(_ line: Int) -> Bool {
        guard let unit = unit(of: line) else { return false }
        return starts[unit] == line
    }
}
