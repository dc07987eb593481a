// SPDX-License-Identifier: GPL-2.0-only

import Base

extension Columns {
    /// A table as wide as the terminal; one line for each row where there is none, for programs that read it.
    ///
    /// - Parameter indentation: what will stand in front of each line.
    static func shown(_ rows: [[String]], indentation: Int = 0) -> Columns {
        Columns(rows, width: Terminal.width.map { $0 - indentation })
    }
}

extension Prose {
    /// Text as wide as the terminal.
    ///
    /// - Parameter indentation: what will stand in front of each line.
    static func shown(_ lead: String, _ text: String, indentation: Int = 0) -> [String] {
        lines(lead, text, width: Terminal.textWidth - indentation)
    }
}
