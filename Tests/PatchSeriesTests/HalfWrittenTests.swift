// SPDX-License-Identifier: GPL-2.0-only

import Base
import Testing

@testable import PatchSeries

/// A series.yml that somebody is in the middle of writing.
@Suite struct HalfWrittenTests {
    private let path = "\(MirrorSeries.root)/series.yml"

    /// The error of a series whose series.yml is `yaml`, nil if it is a whole one.
    private func error(_ yaml: [UInt8], _ files: Files) -> SeriesError? {
        var files = files
        files["series.yml"] = yaml
        do {
            _ = try SeriesReader(files: files, root: MirrorSeries.root).read()
            return nil
        } catch {
            return error
        }
    }

    /// Cut behind each line, it is refused with a line of the file until the last required key is there.
    @Test func cutBehindEachLine() throws {
        let files = try MirrorSeries.files()
        let yaml = try #require(files["series.yml"])
        let lines = yaml.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let patches = try #require(lines.firstIndex { $0.elementsEqual("patches:".utf8) })
        for count in 0..<lines.count {
            let cut = lines[..<count].flatMap { $0 + [UInt8(ascii: "\n")] }
            guard let error = error(cut, files) else {
                #expect(count > patches + 1, "cut behind line \(count)")
                continue
            }
            check(error, count, "cut behind line \(count)")
        }
    }

    /// Cut in the middle of each line.
    @Test func cutWithinEachLine() throws {
        let files = try MirrorSeries.files()
        let yaml = try #require(files["series.yml"])
        var end = 0
        for (number, line) in yaml.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let cut = Array(yaml[..<(end + line.count / 2)])
            end += line.count + 1
            // From the patches on, half a value can be a whole one.
            if let error = error(cut, files) { check(error, number + 1, "cut within line \(number + 1)") }
        }
    }

    private func check(_ error: SeriesError, _ lastLine: Int, _ what: String) {
        #expect(error.kind == .series, "\(what)")
        #expect(!error.diagnostics.isEmpty, "\(what)")
        for diagnostic in error.diagnostics where diagnostic.file == path {
            #expect(!diagnostic.message.isEmpty, "\(what)")
            // An empty file has no line; YAML may notice at the line behind the last one.
            let isEmpty = diagnostic.message == "the file is empty"
            #expect(isEmpty || (1...lastLine + 1).contains(diagnostic.line), "\(what): \(diagnostic)")
        }
        // Templates mention what the missing rest defines: then the template's line is named.
        for diagnostic in error.diagnostics where diagnostic.file != path {
            #expect(diagnostic.line > 0, "\(what): \(diagnostic)")
        }
    }

    /// Bytes that aren't text, and a line that is swapped for rubbish.
    @Test func rubbish() throws {
        let files = try MirrorSeries.files()
        let yaml = try #require(files["series.yml"])
        for byte in [UInt8(0), 0x07, 0x1b, 0x7f, 0x80, 0xff] {
            let middle = yaml.count / 2
            let error = error(Array(yaml[..<middle] + [byte] + yaml[middle...]), files)
            // Invalid UTF-8 is read as U+FFFD, which may stand in a comment or summary.
            if let error {
                #expect(error.kind == .series, "byte \(byte)")
            } else {
                #expect(byte >= 0x7f, "byte \(byte)")
            }
        }
        let lines = yaml.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for rubbish in [
            "}", "  : :", "\t- x", "- - - -", "*a", "&", "? [", "!!binary x", "%YAML 9", "---", "...",
        ] {
            for number in stride(from: 0, to: lines.count, by: 9) {
                var changed = lines
                changed[number] = Array(rubbish.utf8)[...]
                // Whole or refused: no third.
                if let error = error(Array(changed.joined(separator: [UInt8(ascii: "\n")])), files) {
                    #expect(error.kind == .series)
                }
            }
        }
    }
}
