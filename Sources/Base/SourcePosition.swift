// SPDX-License-Identifier: GPL-2.0-only

/// A line of a file, or the file as a whole: what a message, a report or an editor points at.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// As the reader knows it; empty for the command line.
    public let path: String
    /// 1-based; 0 if the whole file is meant.
    public let line: Int

    public init(_ path: String, line: Int = 0) {
        self.path = path
        self.line = line
    }

    /// `path:line`, or `path`; nothing for the command line.
    public var description: String { line > 0 && !path.isEmpty ? "\(path):\(line)" : path }
}
