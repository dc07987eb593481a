// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A piece of kernel configuration that is about one concern.
public struct ConfigFragment: Sendable, Hashable {
    /// What a symbol shall be.
    public struct Setting: Sendable, Hashable {
        /// With its CONFIG_ prefix.
        public let symbol: String
        /// As .config writes it: `y`, `m`, `"text"`, `0x10`; nil for "is not set".
        public let value: String?
        /// Where it is asked for.
        public let fragment: String
        /// From 1.
        public let line: Int
        /// Whether a tree may be without the symbol: a patch of a test series brings it.
        public let isOptional: Bool
        /// The last paragraph of the comment above it, on one line; "" without one.
        public let reason: String

        /// As .config writes it.
        public var configLine: String {
            value.map { "\(symbol)=\($0)" } ?? "# \(symbol) is not set"
        }
    }

    public let name: String
    public let settings: [Setting]

    /// The same for the same settings.
    public var digest: String {
        var print = Fingerprint()
        for setting in settings { print.add(setting.configLine) }
        return print.hex
    }

    /// Reads a fragment. What is neither a setting, a comment nor blank is an
    /// error: kconfig itself would drop it silently.
    ///
    /// With `isOptional`, symbols that the tree's Kconfig files don't define are
    /// no error later.
    public init(name: String, isOptional: Bool = false, _ bytes: some Sequence<UInt8>) throws(ConfigError) {
        var settings: [Setting] = []
        var reason: [Substring] = []
        var isComment = false
        let text = String(decoding: Array(bytes), as: UTF8.self)
        for (index, raw) in text.lines.enumerated() {
            let line = raw.trimmed
            let place = "\(name):\(index + 1)"
            func add(_ symbol: String, _ value: String?) {
                settings.append(
                    Setting(
                        symbol: symbol,
                        value: value,
                        fragment: name,
                        line: index + 1,
                        isOptional: isOptional,
                        reason: reason.joined(separator: " ")
                    )
                )
            }
            if line.first == "#", DotConfig.unsetSymbol(line) == nil {
                let words = line.drop { $0 == "#" }.trimmed
                // A new comment, or a new paragraph of one.
                if !isComment || words.isEmpty { reason = [] }
                if !words.isEmpty, !words.hasPrefix("SPDX-") { reason.append(words) }
                isComment = true
                continue
            }
            isComment = false
            if line.isEmpty { continue }
            if let symbol = DotConfig.unsetSymbol(line) {
                add(symbol, nil)
                continue
            }
            guard let (symbol, value) = DotConfig.assignment(line) else {
                throw .malformed(place: place, text: String(line))
            }
            add(symbol, value == "n" ? nil : value)
        }
        self.name = name
        self.settings = settings
    }
}

/// A fragment that gives a symbol another value than one before it.
public struct ConfigRedefinition: Sendable, Hashable, CustomStringConvertible {
    public let earlier: ConfigFragment.Setting
    public let later: ConfigFragment.Setting

    public var description: String {
        "\(later.fragment):\(later.line): \(later.configLine) overrides "
            + "\(earlier.configLine) of \(earlier.fragment):\(earlier.line)"
    }
}

/// Several fragments as one: of two settings of a symbol the later wins.
public struct MergedFragments: Sendable, Hashable {
    /// One for each symbol, in the order the symbols were first named.
    public let settings: [ConfigFragment.Setting]
    public let redefinitions: [ConfigRedefinition]

    public init(_ fragments: [ConfigFragment]) {
        var position: [String: Int] = [:]
        var settings: [ConfigFragment.Setting] = []
        var redefinitions: [ConfigRedefinition] = []
        for setting in fragments.flatMap(\.settings) {
            guard let at = position[setting.symbol] else {
                position[setting.symbol] = settings.count
                settings.append(setting)
                continue
            }
            if settings[at].value != setting.value {
                redefinitions.append(ConfigRedefinition(earlier: settings[at], later: setting))
            }
            settings[at] = setting
        }
        self.settings = settings
        self.redefinitions = redefinitions
    }

    /// `base` (a .config) with every symbol of these fragments set as they say.
    public func applied(to base: some Sequence<UInt8>) -> [UInt8] {
        let symbols = Set(settings.map(\.symbol))
        var lines: [Substring] = []
        for line in DotConfig.lines(base) {
            let symbol = DotConfig.assignment(line)?.symbol ?? DotConfig.unsetSymbol(line)
            if let symbol, symbols.contains(symbol) { continue }
            lines.append(line)
        }
        lines += settings.map { Substring($0.configLine) }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// What kconfig did not do as asked.
    public func unmet(in config: DotConfig) -> [UnmetSetting] {
        settings.compactMap { setting in
            let actual = config[setting.symbol]
            return actual == setting.value ? nil : UnmetSetting(setting: setting, actual: actual, reasons: [])
        }
    }
}

/// A requested setting that the finished .config does not have.
public struct UnmetSetting: Sendable, Hashable, CustomStringConvertible {
    public let setting: ConfigFragment.Setting
    /// What the symbol is instead; nil for "not set".
    public let actual: String?
    /// Why, as far as the Kconfig files tell.
    public var reasons: [String]

    public var description: String {
        let wanted = setting.value.map { "=\($0)" } ?? " not set"
        let got = actual.map { "is \($0)" } ?? "is not set"
        let why = reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; ")
        return
            "\(setting.fragment):\(setting.line): \(setting.symbol)\(wanted) was asked for, but it \(got)\(why)"
    }
}

/// Why a configuration can't be used. The fault lies with the fragments or
/// the tree, not with the machine.
public enum ConfigError: Blamed, Hashable {
    /// A line of a fragment that is no setting.
    case malformed(place: String, text: String)
    /// Symbols that kconfig dropped or changed.
    case unmet([UnmetSetting])

    public var fault: Fault {
        switch self {
        case .malformed: .user
        // What the fragments ask for is not in this tree, or can't be had together.
        case .unmet: .tree
        }
    }

    public var description: String {
        switch self {
        case .malformed(let place, let text):
            return "\(place): '\(text)' is neither CONFIG_X=value nor '# CONFIG_X is not set'"
        case .unmet(let settings):
            return settings.map(\.description).joined(separator: "\n")
        }
    }
}
