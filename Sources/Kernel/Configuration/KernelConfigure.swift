// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A kernel configuration that is as the fragments ask.
public struct KernelConfiguration: Sendable, Hashable {
    /// The .config.
    public let path: FilePath
    /// Fragments that override each other: legal, but to be shown.
    public let redefinitions: [ConfigRedefinition]
    /// False if it was still valid from the last time.
    public let wasMade: Bool
}

extension KernelBuild {
    /// Makes the configuration: tinyconfig or another to start from, the fragments over it,
    /// olddefconfig, and then a look at every symbol that the fragments ask for.
    ///
    /// Does nothing if fragments, Kconfig files, compiler and .config are as
    /// they were.
    ///
    /// - Parameter start: a whole configuration, such as a distribution's; nil: tinyconfig. Whatever of it this tree takes is
    ///   kept, unless a fragment says otherwise.
    /// - Throws: `BuildError.config` with every symbol that kconfig dropped or changed.
    public func configure(_ fragments: [ConfigFragment], from start: ConfigFragment? = nil)
        async throws(BuildError) -> KernelConfiguration
    {
        let merged = MergedFragments(fragments)
        let path = output.appending(".config")
        do {
            let stamp = output.appending(".kpatch-config")
            // A missing or unreadable stamp only means work.
            let last = try? Files.read(stamp)
            if let last, last == Array(try await fingerprint(merged, start).utf8) {
                return KernelConfiguration(path: path, redefinitions: merged.redefinitions, wasMade: false)
            }
            try Files.remove(stamp)
            if let start {
                let lines = start.settings.map { $0.configLine + "\n" }
                try Files.makeFolder(output)
                try Files.write(merged.applied(to: Array(lines.joined().utf8)), to: path)
            } else {
                try await kconfig("tinyconfig")
                try Files.write(merged.applied(to: Files.read(path)), to: path)
            }
            try await kconfig("olddefconfig")
            try verify(merged, DotConfig(Files.read(path)))
            // Now, not with the build: it lists the Kconfig files, which the
            // fingerprint needs.
            try await kconfig("syncconfig")
            try Files.write(Array(await fingerprint(merged, start).utf8), to: stamp)
            return KernelConfiguration(path: path, redefinitions: merged.redefinitions, wasMade: true)
        } catch {
            throw BuildError(error)
        }
    }

    private func kconfig(_ target: String) async throws {
        let log = configurationLog
        let result = try await make(
            [target],
            log: log,
            image: output.appending(".config"),
            total: nil,
            progress: { _ in }
        )
        if case .failure(let fault, let summary) = result.outcome {
            throw BuildError.configuration(fault, summary: summary, log: log)
        }
    }

    private func verify(_ merged: MergedFragments, _ config: DotConfig) throws {
        var unmet = merged.unmet(in: config)
        if unmet.isEmpty { return }
        let kconfig = KconfigFiles(source: source, files: try kconfigFiles())
        unmet.removeAll {
            $0.setting.isOptional
                && kconfig.definitions(of: String($0.setting.symbol.dropFirst("CONFIG_".count))).isEmpty
        }
        if unmet.isEmpty { return }
        for index in unmet.indices {
            let symbol = String(unmet[index].setting.symbol.dropFirst("CONFIG_".count))
            // Only what was wanted on can lack a dependency.
            guard unmet[index].setting.value != nil else {
                unmet[index].reasons = ["another symbol selects it, or it has no prompt and this default"]
                continue
            }
            unmet[index].reasons = kconfig.reasons(for: symbol, in: config)
            if unmet[index].setting.value == "m", config["CONFIG_MODULES"] == nil {
                unmet[index].reasons.append("there are no modules without CONFIG_MODULES")
            }
        }
        throw ConfigError.unmet(unmet)
    }

    private var dependencies: FilePath { output.appending("include/config/auto.conf.cmd") }

    /// All Kconfig files: from kbuild if it has listed them already, else by looking.
    func kconfigFiles() throws -> [String] {
        if Files.exists(dependencies) {
            let listed = KconfigFiles.list(in: try Files.read(dependencies))
            if !listed.isEmpty { return listed }
        }
        var rules = FolderRules.kernelTree
        rules.passedOverAtTop.formUnion(["Documentation", "tools"])
        return try FolderWalk(source, rules).entries.compactMap { entry in
            let path = String(decoding: entry.path, as: UTF8.self)
            let name = path.split(separator: "/").last ?? ""
            return name.hasPrefix("Kconfig") ? path : nil
        }
    }

    /// Everything that the configuration follows from, and itself.
    private func fingerprint(_ merged: MergedFragments, _ start: ConfigFragment?) async throws -> String {
        var print = Fingerprint()
        print.add(source.bytes)
        print.add(compiler)
        let version = try await Tool("gcc").run(["--version"]).required()
        print.add(version.output)
        for setting in (start?.settings ?? []) + merged.settings { print.add(setting.configLine) }
        let config = output.appending(".config")
        guard Files.exists(config), Files.exists(dependencies) else { return "none" }
        print.add(try Files.read(config))
        let bases = [
            "kernel/configs/tiny.config", "\(Architecture.x86.sourceFolder)/configs/tiny.config", "Makefile",
        ]
        for file in KconfigFiles.list(in: try Files.read(dependencies)) + bases {
            print.add(file)
            print.add(Files.stamp(FilePath(file).isAbsolute ? FilePath(file) : source.appending(file)))
        }
        return print.hex
    }
}
