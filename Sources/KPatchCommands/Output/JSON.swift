// SPDX-License-Identifier: GPL-2.0-only

import TestReport

/// JSON as every verb prints it.
enum JSON {
    static func print(_ value: some Encodable) throws {
        try Terminal.output(Array(try JSONText.of(value).utf8))
    }
}
