// SPDX-License-Identifier: GPL-2.0-only

extension Duration {
    /// Whole milliseconds.
    public var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }

    /// Seconds with one decimal, as measured times are shown: `2.0 s`.
    public var inSeconds: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }

    /// Seconds, with a decimal where there is one, as limits are shown: `2 s`, `2.5 s`.
    public var inShortSeconds: String {
        let text = inSeconds
        return text.hasSuffix(".0 s") ? "\(text.dropLast(4)) s" : text
    }
}
