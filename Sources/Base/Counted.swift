// SPDX-License-Identifier: GPL-2.0-only

/// "1 file", "2 files"; "2 patches" if the plural says so.
public func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
