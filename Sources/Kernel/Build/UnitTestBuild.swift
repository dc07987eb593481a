// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A checkout of kvm-unit-tests: small kernels that try KVM from inside. Its own configure and make are run, so whoever
/// names it trusts it as they would by building it themselves; nothing is written into it.
public struct UnitTestCheckout: Sendable {
    public let folder: FilePath
    public let tests: [UnitTest]

    /// - Throws: `Failure` if it is no such checkout, or its list can't be read.
    public init(_ folder: FilePath) throws {
        self.folder = Files.absolute(folder)
        let list = self.folder.appending("x86/unittests.cfg")
        guard Files.exists(list), Files.isExecutable(self.folder.appending("configure")) else {
            throw Failure(
                .user,
                "\(folder) is no checkout of kvm-unit-tests: there is no configure or no x86/unittests.cfg in it"
            )
        }
        tests = try UnitTestList.read(
            String(decoding: try Files.read(list, limit: 1 << 20), as: UTF8.self),
            path: list.string
        )
    }

    /// Builds programs of it out of tree.
    ///
    /// - Parameters:
    ///   - files: as `UnitTest.file` has them.
    ///   - output: gets the programs; below a folder that the caller holds the lock of.
    /// - Returns: the programs that are there afterwards, by file, and make's result.
    public func build(_ files: Set<String>, into output: FilePath, jobs: Int) async throws(BuildError)
        -> (programs: [String: FilePath], result: BuildResult)
    {
        do throws(FileError) {
            // Another checkout's files may be older than what was made of this one's.
            let stamp = output.appending(".kpatch-checkout")
            let own = Array(folder.string.utf8)
            if (try? Files.read(stamp)) != own { try Files.remove(output) }
            try Files.makeFolder(output)
            try Files.write(own, to: stamp)
        } catch {
            throw .file(error)
        }
        let configuration = output.appending("config.mak")
        let configured = try await BuildRun(
            tool: Tool(folder.appending("configure").string),
            log: output.appending("kpatch-configure.log"),
            source: folder
        )(
            // Some subtests are named after __FILE__, and a history knows them by name.
            ["--arch=x86_64", "--cflags=-ffile-prefix-map=\(folder)/="],
            in: output,
            environment: BuildEnvironment.clean,
            image: configuration
        )
        guard configured.isSuccess else { return ([:], configured) }
        let targets = files.sorted().map { "x86/\($0)" }
        let run = BuildRun(tool: Tool("make"), log: output.appending("kpatch-build.log"), source: folder)
        let made = targets.map(output.appending)
        let result = try await run.withoutOldPrograms(made) { run throws(BuildError) in
            try await run(
                ["--no-print-directory", "--output-sync=target", "--keep-going", "-j\(jobs)", "directories"]
                    + targets,
                in: output,
                environment: BuildEnvironment.clean,
                image: output
            )
        }
        var programs: [String: FilePath] = [:]
        for file in files {
            let program = output.appending("x86/\(file)")
            if Files.exists(program) { programs[file] = program }
        }
        return (programs, result)
    }
}
