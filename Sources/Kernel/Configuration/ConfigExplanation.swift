// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// What became of a symbol that fragments ask for.
public struct ConfigExplanation: Sendable, Hashable {
    /// How the tree's Kconfig took it.
    public enum Answer: Sendable, Hashable {
        case asAsked
        /// The tree has no such symbol, and need not.
        case notInTree
        /// Another value (nil: not set), and why, as far as the Kconfig files tell.
        case other(String?, reasons: [String])
    }

    /// The setting that counts: the last of the symbol.
    public let setting: ConfigFragment.Setting
    /// Settings of other values that it overrides, in the order of the fragments.
    public let overrides: [ConfigFragment.Setting]
    public let answer: Answer
    /// Whether a fragment asks for it; what a configuration to start from has is taken as far as it goes.
    public let isBinding: Bool
}

extension KernelBuild {
    /// Configures as `configure` does, and says of each symbol what became of it; one that is not as asked is no error.
    ///
    /// - Parameter start: of what it has, only those are named that became something else.
    public func explain(_ fragments: [ConfigFragment], from start: ConfigFragment? = nil)
        async throws(BuildError) -> [ConfigExplanation]
    {
        var unmet: [String: UnmetSetting] = [:]
        do {
            _ = try await configure(fragments, from: start)
        } catch {
            guard case .config(.unmet(let settings)) = error else { throw error }
            for setting in settings { unmet[setting.setting.symbol] = setting }
        }
        let config: DotConfig
        do { config = DotConfig(try Files.read(output.appending(".config"))) } catch { throw .file(error) }
        let merged = MergedFragments(fragments)
        let asked = Set(merged.settings.map(\.symbol))
        let started = Dictionary(
            (start?.settings ?? []).filter { asked.contains($0.symbol) }.map { ($0.symbol, $0) }
        ) { _, last in last }
        let rows = merged.settings.map { setting in
            let answer: ConfigExplanation.Answer
            if let other = unmet[setting.symbol] {
                answer = .other(other.actual, reasons: other.reasons)
            } else {
                answer = config[setting.symbol] == setting.value ? .asAsked : .notInTree
            }
            let first = started[setting.symbol].flatMap { $0.value == setting.value ? nil : $0 }
            let overrides =
                [first].compactMap(\.self)
                + merged.redefinitions.filter { $0.earlier.symbol == setting.symbol }.map(\.earlier)
            return ConfigExplanation(setting: setting, overrides: overrides, answer: answer, isBinding: true)
        }
        guard let start else { return rows }
        let others = MergedFragments([start]).settings.filter { setting in
            !asked.contains(setting.symbol) && config[setting.symbol] != setting.value
        }
        let known: Set<String>
        do { known = try definedSymbols() } catch { throw BuildError(error) }
        return rows
            + others.map { setting in
                ConfigExplanation(
                    setting: setting,
                    overrides: [],
                    answer: known.contains(setting.symbol)
                        ? .other(config[setting.symbol], reasons: []) : .notInTree,
                    isBinding: false
                )
            }
    }

    /// All that the tree's Kconfig files define, with the prefix.
    private func definedSymbols() throws -> Set<String> {
        var symbols: Set<String> = []
        for file in try kconfigFiles() {
            let path = FilePath(file).isAbsolute ? FilePath(file) : source.appending(file)
            for line in String(decoding: try Files.read(path, limit: 16 << 20), as: UTF8.self).lines {
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.count == 2, words[0] == "config" || words[0] == "menuconfig" else { continue }
                symbols.insert("CONFIG_\(words[1])")
            }
        }
        return symbols
    }
}
