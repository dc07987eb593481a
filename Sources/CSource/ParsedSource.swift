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
        guard bytes.count <= SourceLimit.size else {
            throw SourceLimit("the file is larger than \(SourceLimit.size >> 20) MB")
        }
        text = SourceText(bytes)
        switch language {
        case .c:
            let structure = try CStructure(text)
            form = .c(structure, items: structure.items)
        case .reST:
            form = .reST(RestStructure(text))
        case .prose:
            form = .prose
        case .plain:
            form = .plain
        }
    }
}
