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
    /// - Parameters:
    ///   - total: how many objects will be compiled, for the progress; nil if nobody knows.
    ///   - continuesLog: whether the log has what was made beforehand.
    /// - Returns: how it ended; a kernel that does not compile is a result.
    public func build(
        target: String = Architecture.x86.imageTarget,
        image: String = Architecture.x86.imagePath,
        total: Int? = nil,
        continuesLog: Bool = false,
        progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
    ) async throws(BuildError) -> BuildResult {
        try await make(
            [target],
            log: log,
            image: output.appending(image),
            total: total,
            continuesLog: continuesLog,
            progress: progress
        )
    }

    /// Builds objects of the kernel, by their names as kbuild prints them, and whatever else shares a folder with those
    /// that have no target of their own.
    ///
    /// - Returns: how it ended; objects that do not compile are a result.
    public func buildObjects(
        _ objects: [String],
        progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
    ) async throws(BuildError) -> BuildResult {
        let targets = Set(
            objects.map { object in
                // `arch/x86/kvm/../../../virt/kvm/kvm_main.o` is made by the Makefile of the folder that it begins with.
                object.firstRange(of: "/../").map { object[..<$0.lowerBound] + "/" } ?? object
            }
        )
        return try await make(
            targets.sorted(),
            log: log,
            image: output,
            total: targets.count,
            progress: progress
        )
    }

    /// What a finished build follows from besides its source: fragments and tools; and what it made: configuration and
    /// image, as they are now. Nil if there is no image.
    ///
    /// - Parameter image: relative to the output folder.
    public func stamp(_ fragments: [ConfigFragment], image: String) -> String? {
        guard Files.exists(output.appending(image)) else { return nil }
        var print = Fingerprint()
        print.add(source.bytes)
        print.add(compiler)
        for tool in ["gcc", "ld", "as", "make"] {
            print.add(Tool(tool).locate().map { "\($0) \(Files.stamp($0))" } ?? "none")
        }
        for setting in MergedFragments(fragments).settings {
            print.add(setting.configLine + (setting.isOptional ? "?" : ""))
        }
        for file in [".config", image] { print.add(Files.stamp(output.appending(file))) }
        return print.hex
    }

    /// How far what was made last is younger than now: the clock was set back since. make would take it for newer than any
    /// edit, and keep it. Nil if nothing is.
    public var ahead: Duration? {
        var newest = 0
        for file in ["kpatch-build.log", "kpatch-config.log", ".config", Architecture.x86.imagePath] {
            var status = Glibc.stat()
            guard stat(output.appending(file).string, &status) == 0 else { continue }
            newest = max(newest, status.st_mtim.tv_sec)
        }
        let seconds = newest - time(nil)
        return seconds > Self.clockNoise ? .seconds(seconds) : nil
    }

    /// Seconds that a file system's clock may be ahead of this host's.
    private static let clockNoise = 2

    /// Whether an object follows from one of these files of the source, by what kbuild has noted about it (`.foo.o.cmd`).
    ///
    /// - Returns: nil if nothing is noted.
    public func object(_ object: String, followsFrom paths: Set<String>) -> Bool? {
        let path = output.appending(object)
        guard let name = path.lastComponent?.string,
            let bytes = try? Files.read(
                path.removingLastComponent().appending(".\(name).cmd"),
                limit: 16 << 20
            )
        else { return nil }
        let prefix = source.string + "/"
        var isNoted = false
        for line in String(decoding: bytes, as: UTF8.self).lines {
            // `  /src/linux/arch/x86/kvm/svm/sev.c \`, `source_kernel/fork.o := /src/linux/kernel/fork.c`
            for word in line.split(separator: " ") where word.hasPrefix(prefix) {
                isNoted = true
                let file = FilePath(String(word.dropFirst(prefix.count))).lexicallyNormalized().string
                if paths.contains(file) { return true }
            }
        }
        return isNoted ? false : nil
    }

    /// What the last build made and warned of, as far as it came: its log has every line as soon as make prints it.
    public func lastRecord() throws(BuildError) -> BuildRecord {
        let text: String
        do { text = String(decoding: try Files.read(log), as: UTF8.self) } catch { throw .file(error) }
        var output = BuildOutput(source: source.string)
        var made: Set<String> = []
        for line in text.lines {
            if let step = output.consume(String(line)) { made.insert(step.target) }
        }
        return BuildRecord(
            made: made,
            warnings: output.diagnostics.filter { $0.kind == .warning }
        )
    }

    /// The user-space headers of this tree, in `output`/usr/include.
    ///
    /// Not `headers_install`: that one needs rsync on 5.10 only to copy what
    /// this target has already made.
    ///
    /// - Parameter tree: what names the content of the source; headers of the same are not made again.
    public func headers(of tree: String) async throws(BuildError) -> FilePath {
        let folder = output.appending("usr/include")
        let log = output.appending("kpatch-headers.log")
        let stamp = output.appending(".kpatch-headers")
        // A stamp that can't be read only means work.
        if Files.isFolder(folder), (try? Files.read(stamp)) == Array(tree.utf8) { return folder }
        do { try Files.remove(stamp) } catch { throw .file(error) }
        let result = try await make(["headers"], log: log, image: folder, total: nil, progress: { _ in })
        if case .failure(let fault, let summary) = result.outcome {
            throw .configuration(fault, summary: summary, log: log)
        }
        do { try Files.write(Array(tree.utf8), to: stamp) } catch { throw .file(error) }
        return folder
    }

    /// What every call of make gets. Output is kept together per target,
    /// since two compilers' lines mixed can't be told apart.
    var arguments: [String] {
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
        total: Int?,
        continuesLog: Bool = false,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws(BuildError) -> BuildResult {
        do { try Files.makeFolder(output) } catch { throw .file(error) }
        return try await BuildRun(tool: Tool("make"), log: log, source: source)(
            arguments + targets,
            environment: BuildEnvironment.reproducible,
            image: image,
            output: output,
            total: total,
            continuesLog: continuesLog,
            progress: progress
        )
    }
}

/// What a build made, and what the compiler and the linker said about it.
public struct BuildRecord: Sendable, Hashable {
    /// Objects, archives, images: relative to the output folder, as kbuild names them.
    public let made: Set<String>
    public let warnings: [CompilerDiagnostic]

    public init(made: Set<String>, warnings: [CompilerDiagnostic]) {
        self.made = made
        self.warnings = warnings
    }
}
