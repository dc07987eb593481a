// SPDX-License-Identifier: GPL-2.0-only

/// JSON to be written: an object keeps the order of its members, which Codable's dictionaries don't, and no Foundation
/// is needed.
enum JSONValue {
    case null
    case bool(Bool)
    case int(Int)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])

    static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
    static func optional(_ number: Int?) -> JSONValue { number.map(JSONValue.int) ?? .null }
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }

    /// Two blanks per level; empty arrays and objects on one line.
    func written(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .string(let text): return Self.quoted(text)
        case .array(let values):
            return Self.block("[", values.map { inner + $0.written(indent: inner) }, indent + "]")
        case .object(let members):
            return Self.block(
                "{",
                members.map { "\(inner)\(Self.quoted($0.0)): \($0.1.written(indent: inner))" },
                indent + "}"
            )
        }
    }

    private static func block(_ open: String, _ lines: [String], _ close: String) -> String {
        guard !lines.isEmpty else {
            return open + close.drop { $0 == " " }
        }
        return ([open] + [lines.joined(separator: ",\n")] + [close]).joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\0"..<" ", "\u{7f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
