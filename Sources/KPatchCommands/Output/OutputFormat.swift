// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import TestReport

/// The forms that a document can have. The reports of a run have more: `ReportFormat`.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, markdown

    /// Prints a result in this form; only that form of it is made. For all verbs: the compiler asks here for a new form.
    func print(
        text: @autoclosure () throws -> [String],
        markdown: @autoclosure () throws -> [String],
        json: @autoclosure () throws -> some Encodable
    ) throws {
        switch self {
        case .text: try Terminal.output(text().joined(separator: "\n"))
        case .markdown: try Terminal.output(markdown().joined(separator: "\n"))
        // Two-space indentation, sorted keys, no fields without a value, a final newline (docs/json.md).
        case .json: try Terminal.output(Array(try JSONText.of(json()).utf8))
        }
    }
}

/// Text for people or JSON for programs (docs/json.md).
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    private var document: DocumentFormat {
        switch self {
        case .text: .text
        case .json: .json
        }
    }

    /// Prints a result in this form; only that form of it is made.
    func print(text: @autoclosure () throws -> [String], json: @autoclosure () throws -> some Encodable)
        throws
    {
        try document.print(text: text(), markdown: text(), json: json())
    }
}

struct FormatArguments: ParsableArguments {
    @Option(name: .long, help: "text or json.")
    var format = OutputFormat.text
}
