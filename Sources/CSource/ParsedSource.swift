// SPDX-License-Identifier: GPL-2.0-only

/// A source file and its structure, found once and asked often: by facts, and by every site in it.
public struct ParsedSource: Sendable {
    public let text: SourceText
    let form: Form

    enum Form: Sendable {
        case c(CStructure, items: [Item])
        case reST(RestStructure)
        case prose
        case plain
    }

    /// Throws if the file is too large, or nested too deeply.
    public init(_ bytes: [UInt8], language: SourceLanguage) throws(SourceLimit) {
        text = try Self.text(bytes)
        switch language {
        case .c:
            form = .c(try CStructure(text))
        case .reST:
            form = .reST(RestStructure(text))
        case .prose:
            form = .prose
        case .plain:
            form = .plain
        }
    }

    /// The source after some edits, which have made these bytes of its own: in a fraction of the time that it takes to
    /// find the structure anew.
    public func edited(by edits: [TextEdit], to bytes: [UInt8]) throws(SourceLimit) -> ParsedSource {
        let text = try Self.text(bytes)
        let form: Form =
            switch form {
            case .c(let structure, _):
                try .c(structure.edited(by: edits, to: text))
            case .reST: .reST(RestStructure(text))
            case .prose, .plain: form
            }
        return ParsedSource(text, form)
    }

    private init(_ text: SourceText, _ form: Form) {
        self.text = text
        self.form = form
    }

    private static func text(_ bytes: [UInt8]) throws(SourceLimit) -> SourceText {
        guard bytes.count <= SourceLimit.size else {
            throw SourceLimit("the file is larger than \(SourceLimit.size >> 20) MB")
        }
        return SourceText(bytes)
    }
}

extension ParsedSource.Form {
    fileprivate static func c(_ structure: CStructure) -> Self { .c(structure, items: structure.items) }
}
