// SPDX-License-Identifier: GPL-2.0-only

/// The forms in which a report can be written. A new one is a case here and a file with its writer.
public enum ReportFormat: String, Sendable, CaseIterable {
    /// For people, on a terminal.
    case text
    /// KTAP, without the marks of this project's guests.
    case ktap
    /// The XML that CI systems read.
    case junit
    /// Everything, for programs; docs/test-report.schema.json has the fields.
    case json
    /// A submission to KCIDB, schema 5.3; `kci-dev submit build --from-json` sends it.
    case kcidb
    /// What b4 expects of a `b4.review-series-check-cmd`.
    case b4
}

extension RunReport {
    /// The report in the given form, with a newline at its end.
    ///
    /// - Parameters:
    ///   - isColored: whether to use ANSI colours; only `text` knows any.
    ///   - isAfterLines: whether every test has been shown by `TestResult.line` already; `text` then only tells what
    ///     that left open.
    ///   - origin: the CI system that submits to KCIDB: small letters, digits and `_`.
    /// - Throws: `EncodingError`; a report has nothing that JSON can't hold.
    public func written(
        as format: ReportFormat,
        isColored: Bool = false,
        isAfterLines: Bool = false,
        origin: String = "kpatch_gen"
    ) throws -> String {
        switch format {
        case .text: TextReport(isColored: isColored, isAfterLines: isAfterLines).write(self)
        case .ktap: KTAPReport().write(self)
        case .junit: JUnitReport().write(self)
        case .json: try JSONText.of(JSONReport(self))
        case .kcidb: try JSONText.of(KCIDBReport(self, origin: origin))
        case .b4: try JSONText.of(B4Report(self).checks)
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
