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
    /// - Parameter isColored: whether to use ANSI colours; only `text` knows any.
    public func written(as format: ReportFormat, isColored: Bool = false) -> String {
        switch format {
        case .text: TextReport(isColored: isColored).write(self)
        case .ktap: KTAPReport().write(self)
        case .junit: JUnitReport().write(self)
        case .json: JSONReport().write(self)
        }
    }
}
