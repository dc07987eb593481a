// SPDX-License-Identifier: GPL-2.0-only

/// The forms in which a report can be written. A new one is a case here and a file with its writer.
public enum ReportFormat: String, Sendable, CaseIterable {
    /// For people, on a terminal.
    case text
    /// KTAP, without the marks of this project's guests.
    case ktap
    /// The XML that CI systems read.
    case junit
    /// Everything, for programs; field names are documented at `JSONReport`.
    case json
}

extension RunReport {
    /// The report in the given form, with a newline at its end.
    ///
    /// - Parameters:
    ///   - isColored: whether to use ANSI colours; only `text` knows any.
    ///   - isAfterLines: whether every test has been shown by `TestResult.line` already; `text` then only tells what
    ///     that left open.
    public func written(as format: ReportFormat, isColored: Bool = false, isAfterLines: Bool = false)
        -> String
    {
        switch format {
        case .text: TextReport(isColored: isColored, isAfterLines: isAfterLines).write(self)
        case .ktap: KTAPReport().write(self)
        case .junit: JUnitReport().write(self)
        case .json: JSONReport().write(self)
        }
    }
}

extension TestResult {
    /// One line for people, for when the test has just ended.
    ///
    /// - Parameter test: the test that this one is a subtest of.
    public func line(in test: String? = nil, isColored: Bool = false) -> String {
        let text = TextReport(isColored: isColored, isAfterLines: true)
        return text.line(self, name: test.map { "\($0).\(name)" } ?? name)
    }
}
