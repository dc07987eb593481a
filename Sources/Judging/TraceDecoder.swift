// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import TestReport

/// Adds the source to the stack traces of findings: `name+0x1b/0x60 file.c:123`, and before it a line per function that
/// was inlined there, `name file.h:45 [inline]`.
package struct TraceDecoder {
    private let places: SourcePlaces
    private let observer: (any WorkObserver)?

    /// Findings that are decoded: one bug can print hundreds.
    private static let mostFindings = 20
    /// Lines of a trace that are: a recursion has thousands.
    private static let mostLines = 64

    package init(_ places: SourcePlaces, observer: (any WorkObserver)? = nil) {
        self.places = places
        self.observer = observer
    }

    private static let title = "source of traces"

    /// The findings, those that are failures with their source; where nothing can be found out, as they were.
    package func callAsFunction(_ findings: [RunReport.ConsoleFinding]) async throws
        -> [RunReport.ConsoleFinding]
    {
        let failures = findings.indices.filter { findings[$0].verdict.isFailure }.prefix(Self.mostFindings)
        let wanted = Set(failures.flatMap { Self.places(in: findings[$0].lines).map(\.place) })
        guard !wanted.isEmpty else { return findings }
        observer?.progress(Self.title, counted(wanted.count, "place"))
        defer { observer?.end(Self.title) }
        let known: [CodePlace: [SourceFrame]]
        do {
            known = try await places.frames(of: wanted)
        } catch BuildError.interrupted {
            throw BuildError.interrupted
        } catch {
            // The report is worth more than its decoration.
            observer?.note("note: no source of the traces: \(error)")
            return findings
        }
        var result = findings
        for index in failures { result[index].add(known) }
        return result
    }

    /// The places that the lines of a trace name, with the line's index.
    fileprivate static func places(in lines: [String]) -> [(line: Int, place: CodePlace)] {
        var found: [(Int, CodePlace)] = []
        for (index, line) in lines.enumerated() where found.count < mostLines {
            if let place = CodePlace(traceLine: line) { found.append((index, place)) }
        }
        return found
    }
}

extension CodePlace {
    /// Reads a line of a trace, whatever stands before and behind: `[    1.234567]  name+0x1b/0x60`.
    ///
    /// - Returns: nil if it names no place, or one that only happened to be on the stack (`? name+0x1b/0x60`).
    init?(traceLine line: String) {
        let bytes = Array(line.utf8.prefix(1000))
        guard let plus = Self.position(of: Array("+0x".utf8), in: bytes, from: 0) else { return nil }
        var start = plus
        while start > 0, Self.isOfName(bytes[start - 1]) { start -= 1 }
        guard start < plus, let slash = Self.position(of: Array("/0x".utf8), in: bytes, from: plus),
            let offset = Int(String(decoding: bytes[(plus + 3)..<slash], as: UTF8.self), radix: 16)
        else { return nil }
        let digits = bytes[(slash + 3)...].prefix { Self.isHex($0) }
        // A module's name in brackets behind it: its objects aren't in the kernel's image.
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), offset <= size else {
            return nil
        }
        let before = bytes[..<start]
        if before.suffix(2).elementsEqual("? ".utf8) { return nil }
        // The instruction itself, of a fault or of WARN().
        let isPointer = ["RIP: ", "WARNING: "].contains {
            Self.position(of: Array($0.utf8), in: Array(before), from: 0) != nil
        }
        self.init(
            function: String(decoding: bytes[start..<plus], as: UTF8.self),
            offset: offset,
            size: size,
            isReturn: !isPointer
        )
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        case _: false
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case _: false
        }
    }

    private static func position(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= pattern.count + start else { return nil }
        return (start...(bytes.count - pattern.count)).first {
            bytes[$0..<($0 + pattern.count)].elementsEqual(pattern)
        }
    }
}

extension RunReport.ConsoleFinding {
    fileprivate mutating func add(_ known: [CodePlace: [Kernel.SourceFrame]]) {
        var decoded: [String] = []
        var next = 0
        for (index, place) in TraceDecoder.places(in: lines) {
            guard let frames = known[place], let outer = frames.last else { continue }
            decoded += lines[next..<index]
            next = index + 1
            let line = lines[index]
            // Inlined functions stand where the function does, behind the same stamp.
            let margin = line.firstRange(of: place.function).map { line[..<$0.lowerBound] } ?? ""
            decoded += frames.dropLast().map {
                "\(margin)\($0.function) \($0.file):\($0.line) [inline]"
            }
            decoded.append("\(line) \(outer.file):\(outer.line)")
            stack += frames.map {
                SourceFrame(function: $0.function, file: $0.file, line: $0.line, isInlined: $0.isInlined)
            }
        }
        lines = decoded + lines[next...]
    }
}
