// SPDX-License-Identifier: GPL-2.0-only

import Base

/// One thing that is wrong, where, and what it might have been meant to be.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// In the series or in the tree; of an empty path for the command line.
    public let position: SourcePosition
    public let message: String
    /// Further lines: candidates, the nearest names, what to do.
    public let notes: [String]

    public init(at position: SourcePosition = SourcePosition(""), message: String, notes: [String] = []) {
        self.position = position
        self.message = message
        self.notes = notes
    }

    public init(file: String, line: Int = 0, message: String, notes: [String] = []) {
        self.init(at: SourcePosition(file, line: line), message: message, notes: notes)
    }

    /// Path as the user knows it; empty for the command line.
    public var file: String { position.path }
    /// 1-based; 0 if the whole file is meant.
    public var line: Int { position.line }

    public var description: String {
        let place = file.isEmpty ? "" : "\(position): "
        return ([place + message] + notes.map { "    " + $0 }).joined(separator: "\n")
    }
}

/// A name that an anchor asks for.
public struct LostName: Sendable, Hashable {
    public let name: String
    /// The tree's file that doesn't have it, or isn't there.
    public let file: String
}

/// Why a series can't be read, selected from or placed; every problem at once.
public struct SeriesError: Blamed, Equatable {
    public enum Kind: Sendable {
        /// series.yml or a template is wrong.
        case series
        /// The user asked for something that isn't there.
        case selection
        /// The tree can't take the patch.
        case placement
        /// The tree has it already.
        case upstream
        /// The tree has some of it already, as this series would add it.
        case present
        /// The base is no tree that the series is for.
        case base
    }

    public let kind: Kind
    public let diagnostics: [Diagnostic]
    /// What to do about all of them: the list above it can be long.
    public let advice: [String]
    /// Names that anchors ask for and that aren't where the templates have them: they may be in another file of the tree.
    public let lost: [LostName]

    public init(
        _ kind: Kind,
        _ diagnostics: [Diagnostic],
        advice: [String] = [],
        lost: [LostName] = []
    ) {
        self.kind = kind
        self.diagnostics = diagnostics
        self.advice = advice
        self.lost = lost
    }

    /// The same with more to do about it.
    public func advising(_ more: [String]) -> SeriesError {
        SeriesError(kind, diagnostics, advice: advice + more, lost: lost)
    }

    public var fault: Fault {
        switch kind {
        case .series, .selection: .user
        case .placement, .upstream, .present, .base: .tree
        }
    }

    public var description: String {
        (diagnostics.map(\.description) + advice).joined(separator: "\n")
    }
}
