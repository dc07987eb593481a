// SPDX-License-Identifier: GPL-2.0-only

/// The declarations of a C file with their lines.
public struct FileItems: Sendable {
    /// Those with a name and braces, in their order. Lines count from 0.
    public let items: [(name: String, lines: Range<Int>)]

    /// Reads a file; none are found in one that is too large to be read.
    public init(_ bytes: [UInt8]) {
        let text = SourceText(bytes)
        let found = (try? CStructure(text).items) ?? []
        items = found.compactMap { item in
            guard item.body != nil, let name = item.name else { return nil }
            return (name, text.line(at: item.start) - 1..<text.line(at: max(item.start, item.end - 1)))
        }
    }

    /// Pairs each with the one of the same name in another version of the file; not where a name is there twice.
    ///
    /// - Parameter renamed: the name that something has over there.
    public func pairs(
        with other: FileItems,
        renamed: (String) -> String
    ) -> [(mine: Range<Int>, other: Range<Int>)] {
        func single(_ items: [(name: String, lines: Range<Int>)]) -> [String: Range<Int>] {
            Dictionary(grouping: items, by: \.name).compactMapValues { $0.count == 1 ? $0[0].lines : nil }
        }
        let others = single(other.items)
        return single(items).compactMap { name, lines in
            others[renamed(name)].map { (lines, $0) }
        }
        .sorted { $0.mine.lowerBound < $1.mine.lowerBound }
    }

    /// The functions, structs, enums and tables that these lines are in; nil for lines between them. Lines count from
    /// 0; an empty range stands for the place before the line that it begins with.
    public func names(around lines: Range<Int>) -> [String?] {
        let inside =
            lines.isEmpty
            ? items.filter {
                $0.lines.lowerBound < lines.lowerBound && lines.lowerBound < $0.lines.upperBound
            }
            : items.filter { $0.lines.overlaps(lines) }
        return inside.isEmpty ? [nil] : inside.map(\.name)
    }
}
