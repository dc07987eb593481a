// SPDX-License-Identifier: GPL-2.0-only

import Base
import Mustache

/// Text as HTML shows it.
enum Markup {
    /// For an element or a quoted attribute, bounded.
    ///
    /// By Unicode scalars: swift-mustache's own escapes by characters, and a quotation mark with an accent behind it is
    /// another character to it, but the end of an attribute to a browser.
    static func escaped(_ text: String, limit: Int = .max) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy(isPlain) { return text }
        var result = ""
        result.reserveCapacity(min(text.utf8.count, limit) + 32)
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            guard count <= limit else { return result + "…" }
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            default: result.unicodeScalars.append(isActive(scalar) ? "\u{fffd}" : scalar)
            }
        }
        return result
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && ![0x26, 0x3c, 0x3e, 0x22, 0x27].contains(byte) || byte == 0x0a
    }

    /// What HTML can't hold, and what turns the order of letters round (trojansource.codes).
    private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .unassigned, .surrogate: true
        case .format: scalar.properties.isBidiControl
        case _: false
        }
    }
}

/// What `{{name}}` of the templates goes through: `{{% CONTENT_TYPE:SCALARS}}` at their beginning says so.
struct ScalarContentType: MustacheContentType {
    static let name = "SCALARS"
    /// Of one value.
    private static let limit = 20_000

    func escapeText(_ text: String) -> String { Markup.escaped(text, limit: Self.limit) }
}

/// The templates of Templates/page.
struct PageTemplates {
    private let library: MustacheLibrary

    /// - Parameter texts: by name, without `.mustache`.
    init(_ texts: [String: String]) throws {
        MustacheContentTypes.register(ScalarContentType(), named: ScalarContentType.name)
        var templates: [String: MustacheTemplate] = [:]
        for (name, text) in texts {
            do {
                templates[name] = try MustacheTemplate(
                    string: "{{% CONTENT_TYPE:\(ScalarContentType.name)}}" + text
                )
            } catch {
                throw PageError.template("Templates/page/\(name).mustache: \(error)")
            }
        }
        library = MustacheLibrary(templates: templates)
    }

    func render(_ values: [String: Any], _ name: String) throws -> String {
        guard let text = library.render(values, withTemplate: name) else {
            throw PageError.template("there is no Templates/page/\(name).mustache")
        }
        return text
    }
}

/// Why a page can't be made.
package enum PageError: Blamed, Equatable {
    case input(String)
    /// The installation's templates are wrong.
    case template(String)

    package var fault: Fault { .user }

    package var description: String {
        switch self {
        case .input(let text), .template(let text): text
        }
    }
}
