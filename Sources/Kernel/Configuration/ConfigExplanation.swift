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
}

extension KernelBuild {
    /// Configures as `configure` does, and says of each symbol what became of it; one that is not as asked is no error.
    public func explain(_ fragments: [ConfigFragment]) async throws(BuildError) -> [ConfigExplanation] {
        var unmet: [String: UnmetSetting] = [:]
        do {
            _ = try await configure(fragments)
        } catch {
            guard case .config(.unmet(let settings)) = error else { throw error }
            for setting in settings { unmet[setting.setting.symbol] = setting }
        }
        let config: DotConfig
        do { config = DotConfig(try Files.read(output.appending(".config"))) } catch { throw .file(error) }
        let merged = MergedFragments(fragments)
        return merged.settings.map { setting in
            let answer: ConfigExplanation.Answer
            if let other = unmet[setting.symbol] {
                answer = .other(other.actual, reasons: other.reasons)
            } else {
                answer = config[setting.symbol] == setting.value ? .asAsked : .notInTree
            }
            let overrides = merged.redefinitions.filter { $0.earlier.symbol == setting.symbol }.map(\.earlier)
            return ConfigExplanation(setting: setting, overrides: overrides, answer: answer)
        }
    }
}
