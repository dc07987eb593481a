// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

/// One kernel, built outside of its source folder.
///
/// The two folders are given; who shares them (StateFolder.Area.tree) holds
/// their lock. Nothing is ever written into the source.
public struct KernelBuild: Sendable {
    public let source: FilePath
    /// kbuild's O= folder.
    public let output: FilePath
    /// How many compilers run at once.
    public let jobs: Int
    let compiler: String

    /// - Parameters:
    ///   - jobs: the number of processors if nil.
    ///   - ccache: whether to use ccache; if nil, when it is installed.
    ///     Changing it makes kbuild compile everything again.
    public init(source: FilePath, output: FilePath, jobs: Int? = nil, ccache: Bool? = nil) throws(BuildError)
    {
        self.source = Files.absolute(source)
        self.output = Files.absolute(output)
        self.jobs = max(jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
        compiler = ccache ?? (Tool("ccache").locate() != nil) ? "ccache gcc" : "gcc"
        for path in [self.source, self.output]
        where path.string.contains(where: { " :'\"\\$#\t".contains($0) }) {
            throw .badPath(path)
        }
    }

    /// The full output of the last build.
    public var log: FilePath { output.appending("kpatch-build.log") }
    /// The full output of the last configuration.
    public var configurationLog: FilePath { output.appending("kpatch-config.log") }

    /// Builds `bzImage` (or another of kbuild's targets).
    ///
    /// - Parameter image: what the target makes, relative to the output folder.
    /// - Returns: how it ended; a kernel that does not compile is a result.
    public func build(
        target: String = Architecture.x86.imageTarget,
        image: String = Architecture.x86.imagePath,
        progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
    ) async throws(BuildError) -> BuildResult {
        let counts = StepCounts(folder: output)
        let path = output.appending(image)
        let isFirst = !Files.exists(path)
        let result = try await make(
            [target],
            log: log,
            image: path,
            estimate: isFirst ? counts.first : counts.again,
            progress: progress
        )
        // What a failed build did says nothing about the next; losing the
        // count costs a worse estimate only.
        if result.isSuccess { try? counts.remember(result.steps, first: isFirst) }
        return result
    }

    /// What the last build compiled and warned of, as far as it came: its log has every line as soon as make prints it.
    public func lastRecord() throws(BuildError) -> BuildRecord {
        let text: String
        do { text = String(decoding: try Files.read(log), as: UTF8.self) } catch { throw .file(error) }
        var output = BuildOutput(source: source.string)
        var compiled: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard let step = output.consume(String(line)), step.action == "CC" else { continue }
            compiled.insert(step.target)
        }
        return BuildRecord(
            compiled: compiled,
            warnings: output.diagnostics.filter { $0.kind == .warning }
        )
    }

    /// The user-space headers of this tree, in `output`/usr/include.
    ///
    /// Not `headers_install`: that one needs rsync on 5.10 only to copy what
    /// this target has already made.
    public func headers() async throws(BuildError) -> FilePath {
        let folder = output.appending("usr/include")
        let log = output.appending("kpatch-headers.log")
        let result = try await make(["headers"], log: log, image: folder, estimate: nil, progress: { _ in })
        guard case .failure(let fault, let summary) = result.outcome else { return folder }
        throw .configuration(fault, summary: summary, log: log)
    }

    /// What every call of make gets. Output is kept together per target,
    /// since two compilers' lines mixed can't be told apart.
    private var arguments: [String] {
        [
            "-C", source.string, "O=\(output)", "ARCH=\(Architecture.x86.kbuildName)", "CC=\(compiler)",
            "HOSTCC=\(compiler)",
            "--no-print-directory", "--output-sync=target", "-j\(jobs)",
            // No path of this machine in the image: two folders give the same bytes.
            "KCFLAGS=-ffile-prefix-map=\(source)/= -ffile-prefix-map=\(output)/=",
        ]
    }

    /// Runs kbuild on targets.
    func make(
        _ targets: [String],
        log: FilePath,
        image: FilePath,
        estimate: Int?,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws(BuildError) -> BuildResult {
        do { try Files.makeFolder(output) } catch { throw .file(error) }
        return try await BuildRun(tool: Tool("make"), log: log, source: source)(
            arguments + targets,
            environment: BuildEnvironment.reproducible,
            image: image,
            estimate: estimate,
            progress: progress
        )
    }
}

/// What a build compiled, and what the compiler said about it.
public struct BuildRecord: Sendable, Hashable {
    /// Object files, relative to the output folder.
    public let compiled: Set<String>
    public let warnings: [CompilerDiagnostic]
}

/// How many files earlier builds in a folder made.
private struct StepCounts {
    private let path: FilePath
    /// Of a build from nothing.
    let first: Int
    /// Of a build of changes; nil if there was none yet.
    let again: Int?

    /// A 5.10 tinyconfig with KVM, SEV and the crypto it needs.
    private static let typical = 1380

    init(folder: FilePath) {
        path = folder.appending(".kpatch-steps")
        // No file, no memory: the estimate is for a display.
        let bytes = (try? Files.read(path)) ?? []
        let numbers = String(decoding: bytes, as: UTF8.self).split(separator: " ").map { Int($0.trimmed) }
        first = (numbers.first ?? nil) ?? Self.typical
        again = numbers.count > 1 ? numbers[1] : nil
    }

    func remember(_ steps: Int, first isFirst: Bool) throws(FileError) {
        let text = isFirst ? "\(steps)" : "\(first) \(steps)"
        try Files.write(Array(text.utf8), to: path)
    }
}
