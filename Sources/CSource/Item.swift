// SPDX-License-Identifier: GPL-2.0-only

/// One element of a file, block, aggregate, enum or table: what an anchor can name.
struct Item: Sendable {
    enum Kind: String, Sendable {
        case function
        case prototype
        case aggregate = "struct or union"
        case enumeration = "enum"
        case variable
        case directive
        case label
        case statement
        case entry
    }

    let kind: Kind
    /// The name it declares; nil for statements.
    let name: String?
    /// The token that says what aggregate it is (`struct`, `union`), or nil.
    let keyword: String?
    /// Index range of its tokens in the file.
    let tokens: Range<Int>
    /// Index range of the tokens between its braces.
    let body: Range<Int>?
    /// Where the comment that stands directly above begins, or where the item itself does.
    let leadingStart: Int
    let start: Int
    let end: Int
}
