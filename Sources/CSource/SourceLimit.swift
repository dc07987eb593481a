// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What a source file may have, so that whatever it holds is read in two seconds and 300 MB.
///
/// The largest file of Linux that is code, not a table of registers, has a tenth of each.
public struct SourceLimit: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes.
    static let size = Limits.raised(8 << 20)
    /// Words, signs, strings, comments, preprocessor lines.
    static let tokens = Limits.raised(1 << 20)
    /// Open brackets.
    static let brackets = 1000
    /// Open `#if`s; a compiler has to take 63 (C11, 5.2.4.1).
    static let conditions = 256

    /// 1-based; 0 if the whole file is meant.
    public let line: Int
    public let description: String

    init(_ description: String, line: Int = 0) {
        self.line = line
        self.description = description
    }
}
