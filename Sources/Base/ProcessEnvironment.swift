// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// What this process was started with.
public enum ProcessEnvironment {
    /// The environment's variables; the last one counts where two have one name.
    public static var variables: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}
