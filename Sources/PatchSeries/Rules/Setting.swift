// SPDX-License-Identifier: GPL-2.0-only

/// A value for an option, or a number instead of the tree's next free one, as `--set` takes it: `owner=file-ref`.
public struct Setting: Sendable, Hashable, CustomStringConvertible {
    /// The option's name, or that of a fact that can be pinned.
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Reads `option=value`. Throws `.selection` for anything else; what it names need not exist.
    public init(parsing text: String) throws(SeriesError) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw SeriesError(
                .selection,
                [Diagnostic(message: "'\(text)' is not of the form option=value")]
            )
        }
        self.init(String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    public var description: String { "\(name)=\(value)" }
}

extension Setting: Encodable {
    /// One string, `option=value`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension [Setting] {
    /// A setting for each entry, in the order of what they print as.
    public init(_ values: [String: some CustomStringConvertible]) {
        self = values.map { Setting($0.key, "\($0.value)") }.sorted { $0.description < $1.description }
    }
}
