// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// KVM selftests of the tree, built to run in a guest that has no libraries.
public struct SelftestBuild: Sendable, Hashable {
    /// By name as asked for; only those that were built.
    public let programs: [String: FilePath]
    /// Warnings and errors of all of them. Its image is the output folder.
    public let result: BuildResult
}

extension KernelBuild {
    private static let selftests = "tools/testing/selftests/kvm"

    /// The names of the tree's KVM selftests for x86: "x86_64/sev_migrate_tests".
    public func selftestNames() throws(BuildError) -> [String] {
        var names: [String] = []
        for folder in Architecture.x86.selftestFolders + ["."] {
            let path = source.appending(Self.selftests).appending(folder)
            guard Files.isFolder(path) else { continue }
            do {
                for file in try Files.names(in: path)
                where file.hasSuffix(".c") {
                    names.append((folder == "." ? "" : folder + "/") + file.dropLast(2))
                }
            } catch {
                throw .file(error)
            }
        }
        return names
    }

    /// The KVM selftests that the tree's Makefile builds for x86, in its order.
    public func selftestPrograms() throws(BuildError) -> [String] {
        var names: [String] = []
        for makefile in Self.selftestMakefiles {
            let path = source.appending(makefile)
            guard Files.exists(path) else { continue }
            let text: String
            do { text = String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self) } catch {
                throw .file(error)
            }
            names += Self.selftestPrograms(ofMakefile: text)
        }
        return names
    }

    /// Where a tree lists them: Makefile.kvm since 6.13.
    public static let selftestMakefiles = ["\(selftests)/Makefile", "\(selftests)/Makefile.kvm"]

    /// Those that one of these files lists.
    public static func selftestPrograms(ofMakefile text: String) -> [String] {
        var names: [String] = []
        for line in text.lines {
            // `TEST_GEN_PROGS_x86_64 += x86_64/state_test`; a list of another's begins with '$'.
            let words = line.split(separator: " ")
            guard words.count > 2, words[1].last == "=",
                ["TEST_GEN_PROGS_x86_64", "TEST_GEN_PROGS_x86", "TEST_GEN_PROGS_COMMON"].contains(words[0])
            else { continue }
            names += words[2...].filter { !$0.contains("$") && $0 != "\\" }.map(String.init)
        }
        return names
    }

    /// Builds KVM selftests as static programs.
    ///
    /// By the tree's own Makefile, so that its lists of library files and its
    /// flags are right on every version. Three things keep it out of the source
    /// folder: the programs are asked for by name, since the default goal runs
    /// headers_install in the source; OUTPUT; and TMPOUT, where Kbuild.include
    /// tries compiler options.
    ///
    /// - Parameters:
    ///   - names: with or without their folder: "x86_64/sev_migrate_tests", "sev_migrate_tests".
    ///   - headers: what `headers(of:)` has made.
    ///   - folder: gets the programs and their objects.
    public func buildSelftests(_ names: [String], headers: FilePath, into folder: FilePath)
        async throws(BuildError) -> SelftestBuild
    {
        let known = try selftestNames()
        var paths: [String: String] = [:]
        for name in names {
            guard
                let path = known.first(where: { $0 == name })
                    ?? known.first(where: { $0.hasSuffix("/" + name) })
            else {
                throw .noSuchSelftest(name, known: known)
            }
            paths[name] = path
        }
        let target = Files.absolute(folder)
        do throws(FileError) {
            try removeOutdated(target, headers: headers)
            try Files.makeFolder(target)
        } catch {
            throw .file(error)
        }
        var environment = BuildEnvironment.clean
        // In the environment, where the Makefile's "+=" adds to it; as an
        // argument it would replace what the Makefile has.
        environment["LDFLAGS"] = "-static -s -Wl,--build-id=none"
        // Their assertions name files; two folders give the same bytes.
        let compiler = "\(self.compiler) -ffile-prefix-map=\(source)/= -ffile-prefix-map=\(headers)/="
        let arguments =
            [
                "-C", source.appending(Self.selftests).string, "--no-print-directory", "--output-sync=target",
                "--keep-going", "-j\(jobs)", "CC=\(compiler)", "OUTPUT=\(target)", "TMPOUT=\(target)/.tmp",
                "LINUX_HDR_PATH=\(headers)", "KHDR_INCLUDES=-isystem \(headers)",
            ] + Set(paths.values).sorted().map { "\(target)/\($0)" }
        let run = BuildRun(
            tool: Tool("make"),
            log: target.appending("kpatch-selftests.log"),
            source: source
        )
        let programs = paths.mapValues { target.appending($0) }
        let result = try await run.withoutOldPrograms(Array(programs.values)) { run throws(BuildError) in
            try await run(arguments, environment: environment, image: target)
        }
        return SelftestBuild(programs: programs.filter { Files.isExecutable($0.value) }, result: result)
    }

    /// Removes all that make would keep though a header is another one. Until 6.2 the Makefile has no -MD, so that make knows
    /// of none.
    private func removeOutdated(_ target: FilePath, headers: FilePath) throws(FileError) {
        for makefile in Self.selftestMakefiles.map(source.appending) where Files.exists(makefile) {
            let text = try Files.read(makefile, limit: 1 << 20)
            if text.firstRange(of: Array(" -MD ".utf8)) != nil { return }
        }
        var print = Fingerprint()
        try print.addHeaders(in: source.appending(Self.selftests))
        try print.addHeaders(in: source.appending("tools/include"))
        for name in ["linux", "asm", "asm-generic"] { try print.addHeaders(in: headers.appending(name)) }
        let stamp = target.appending(".kpatch-headers")
        let now = Array(print.hex.utf8)
        // A stamp that can't be read only means work.
        guard (try? Files.read(stamp)) != now else { return }
        try Files.remove(target)
        try Files.makeFolder(target)
        try Files.write(now, to: stamp)
    }
}

extension Fingerprint {
    /// Adds the headers of a folder and those below it, as make tells files from others.
    fileprivate mutating func addHeaders(in folder: FilePath, depth: Int = 8) throws(FileError) {
        guard depth > 0, Files.isFolder(folder), !Files.isLink(folder) else { return }
        for name in try Files.names(in: folder) {
            let path = folder.appending(name)
            if name.hasSuffix(".h") {
                add("\(path) \(Files.stamp(path))")
            } else if !name.contains(".") {
                try addHeaders(in: path, depth: depth - 1)
            }
        }
    }
}
