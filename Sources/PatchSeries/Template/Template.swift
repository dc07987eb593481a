// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// A template file: kernel C, reST or prose with `#if KPATCH_…` lines and
/// `KPATCH_name` identifiers. Everything else is copied byte for byte.
public struct Template: Sendable {
    /// Path as the user knows it; for messages.
    public let path: String
    public let bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// What a template is rendered with.
    public struct Environment: Sendable {
        /// Truth of the upper-case names: option values and facts.
        public var conditions: [String: Bool]
        /// What the other names stand for, already without names in them.
        public var values: [String: String]
        /// Names that exist but have no value here, and why.
        public var missing: [String: Missing]

        /// Why a name has no value.
        public struct Missing: Sendable {
            public let reason: String
            /// Whether it is the tree that lacks something, not the series.
            public let isOfTree: Bool

            public init(reason: String, isOfTree: Bool) {
                self.reason = reason
                self.isOfTree = isOfTree
            }
        }

        public init(
            conditions: [String: Bool] = [:],
            values: [String: String] = [:],
            missing: [String: Missing] = [:]
        ) {
            self.conditions = conditions
            self.values = values
            self.missing = missing
        }
    }

    /// The text that came out, and which template line each of its lines came from.
    public struct Rendered: Sendable {
        public let bytes: [UInt8]
        let origin: [Int]

        /// The template line (1-based) behind line `line` of the rendered text.
        public func templateLine(_ line: Int) -> Int {
            origin.indices.contains(line - 1) ? origin[line - 1] : origin.last ?? 1
        }
    }

    /// Every `KPATCH_` name the file mentions, in conditions or text.
    public var mentionedNames: Set<String> {
        var names: Set<String> = []
        scanNames(bytes[...]) { range in names.insert(String(decoding: bytes[range], as: UTF8.self)) }
        return names
    }

    /// Takes the branches that hold and puts values for names.
    ///
    /// Errors name the template's line; all of them are found in one pass. They
    /// are of kind `.placement` if all that is wrong is what the tree lacks.
    public func render(_ environment: Environment) throws(SeriesError) -> Rendered {
        var renderer = TemplateRenderer(template: self, environment: environment)
        return try renderer.run()
    }
}

/// Calls `body` with the range of each identifier that begins with `KPATCH_`.
func scanNames(_ bytes: ArraySlice<UInt8>, _ body: (Range<Int>) -> Void) {
    var index = bytes.startIndex
    while index < bytes.endIndex {
        guard isWordByte(bytes[index]) else {
            index += 1
            continue
        }
        var end = index + 1
        while end < bytes.endIndex, isWordByte(bytes[end]) { end += 1 }
        if bytes[index] == UInt8(ascii: "K"), bytes[index..<end].starts(with: "KPATCH_".utf8) {
            body(index..<end)
        }
        index = end
    }
}
