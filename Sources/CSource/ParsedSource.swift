// SPDX-License-Identifier: GPL-2.0-only

/// A source file and its structure, found once and asked often: by facts, and by every site in it.
public struct ParsedSource: Sendable {
    public let text: SourceText
    let form: Form

    enum Form: Sendable {
        case c(CStructure, items: [Item])
        case reST(RestStructure)
        case plain
    }

    public init(_ text: SourceText, language: SourceLanguage) {
        self.text = text
        switch language {
        case .c:
            let structure = CStructure(text)
            form = .c(structure, items: structure.items)
        case .reST:
            form = .reST(RestStructure(text))
        case .plain:
            form = .plain
        }
    }
}
