// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

extension KernelBuild {
    /// How many objects a build will compile, the first one or that of another configuration: what make needs beforehand is
    /// made, then make is asked with -n, which ends where it would link. The log of the build goes on where this ends:
    /// `build(continuesLog:)`.
    ///
    /// - Parameter progress: told of what is made beforehand.
    /// - Returns: nil if make can't say; why not, the build itself will tell.
    public func objectsOfNewConfiguration(progress: @escaping @Sendable (BuildProgress) -> Void)
        async throws(BuildError) -> Int?
    {
        let prepared = try await make(
            ["prepare"],
            log: log,
            image: output.appending(".config"),
            total: nil,
            progress: progress
        )
        guard prepared.isSuccess else { return nil }
        let count = Locked(0)
        do {
            _ = try await Tool("make").stream(
                arguments.filter { !$0.hasPrefix("--output-sync") } + ["-n", "vmlinux"],
                environment: BuildEnvironment.reproducible
            ) { line in
                // A compiler's command for an object of the kernel.
                if line.contains("-D__KERNEL__"), line.contains(" -c -o ") { count.withLock { $0 += 1 } }
            }
        } catch { throw BuildError(error) }
        return count.value > 0 ? count.value : nil
    }

    /// How many objects follow from files of the source that are newer than they are.
    ///
    /// - Parameter paths: those that may be, relative to the source.
    public func objects(toFollow paths: Set<String>) -> Int {
        var changed: [String: timespec?] = [:]
        for path in paths { changed[path] = .some(Self.modified(source.appending(path))) }
        let names = Set(paths.compactMap { $0.split(separator: "/").last.map(String.init) })
        guard !names.isEmpty else { return 0 }
        var count = 0
        countObjects(in: output, names: names, changed: changed, &count)
        return count
    }

    private func countObjects(
        in folder: FilePath,
        names: Set<String>,
        changed: [String: timespec?],
        _ count: inout Int
    ) {
        guard let entries = try? Files.names(in: folder) else { return }
        for entry in entries {
            if folder.string.hasSuffix("/\(Architecture.x86.bootFolder)") { return }
            if entry.hasPrefix("."), entry.hasSuffix(".o.cmd") {
                let object = folder.appending(String(entry.dropFirst().dropLast(4)))
                guard let made = Self.modified(object),
                    let bytes = try? Files.read(folder.appending(entry), limit: 16 << 20)
                else { continue }
                if follows(bytes, made, names, changed) { count += 1 }
            } else if !entry.contains("."), !Files.isLink(folder.appending(entry)),
                Files.isFolder(folder.appending(entry))
            {
                countObjects(in: folder.appending(entry), names: names, changed: changed, &count)
            }
        }
    }

    /// Whether kbuild's note about an object names a changed file that is newer.
    private func follows(
        _ note: [UInt8],
        _ made: timespec,
        _ names: Set<String>,
        _ changed: [String: timespec?]
    ) -> Bool {
        let prefix = source.string + "/"
        // The C library's search: the notes of a kernel are 80 MB. A note has no zero byte; one that had would end there.
        return (note + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                guard let base = text.baseAddress else { return false }
                for name in names {
                    var start = base
                    while let found = strstr(start, "/\(name)").map({ UnsafePointer($0) }) {
                        start = found + 1
                        // The word around it.
                        var (begin, end) = (found, found)
                        while begin > base, begin[-1] > 0x20 { begin -= 1 }
                        while end[0] > 0x20 { end += 1 }
                        let word = String(
                            decoding: UnsafeRawBufferPointer(start: begin, count: end - begin),
                            as: UTF8.self
                        )
                        guard word.hasPrefix(prefix) else { continue }
                        let path = FilePath(String(word.dropFirst(prefix.utf8.count))).lexicallyNormalized()
                        guard let time = changed[path.string] else { continue }
                        // One that is gone is as good as new.
                        guard let time else { return true }
                        if (time.tv_sec, time.tv_nsec) > (made.tv_sec, made.tv_nsec) { return true }
                    }
                }
                return false
            }
        }
    }

    private static func modified(_ path: FilePath) -> timespec? {
        var status = stat()
        return stat(path.string, &status) == 0 ? status.st_mtim : nil
    }

    /// Whether a file of the source is newer than what was made last; true for one that is gone.
    func isNewer(_ path: String, than image: FilePath) -> Bool {
        Self.isNewer(source.appending(path), than: image)
    }

    /// Whether the configuration is newer than an image, or there is none: what make does then doesn't follow from files of
    /// the source alone.
    ///
    /// - Parameter image: relative to the output folder.
    public func isConfiguredAnew(since image: String) -> Bool {
        Self.isNewer(output.appending(".config"), than: output.appending(image))
    }

    private static func isNewer(_ path: FilePath, than image: FilePath) -> Bool {
        guard let made = modified(image), let time = modified(path) else { return true }
        return (time.tv_sec, time.tv_nsec) > (made.tv_sec, made.tv_nsec)
    }
}

/// Which files of a source folder were changed since it was filled, whichever build they were changed for; lies alongside
/// it, under its lock.
public struct SourceChanges {
    private let file: FilePath
    private var paths: Set<String> = []
    /// Seconds since 1970: of what is older nothing is known.
    private var since = Int.max

    /// More are a new base, for which make knows better.
    private static let most = 2000

    /// - Parameter source: what lies alongside it is read; if that can't be, nothing is known.
    public init(of source: FilePath) {
        file = FilePath(source.string + ".changes")
        guard let bytes = try? Files.read(file, limit: 4 << 20) else { return }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").makeIterator()
        guard let first = lines.next(), let since = Int(first) else { return }
        self.since = since
        while let line = lines.next() { paths.insert(String(line)) }
    }

    /// Notes files that were just written or deleted.
    public mutating func add(_ changed: [String]) throws(FileError) {
        guard !changed.isEmpty else { return }
        if changed.count + paths.count > Self.most || since == .max {
            paths = []
            since = Int(time(nil))
        }
        if changed.count <= Self.most { paths.formUnion(changed.filter { !$0.contains("\n") }) }
        try Files.write(Array(([String(since)] + paths.sorted()).joined(separator: "\n").utf8), to: file)
    }

    /// How many objects a build's next make will compile, told without asking make.
    ///
    /// - Parameter image: what the last one made.
    /// - Returns: nil if too much has changed since, or nobody knows what.
    public func objects(in build: KernelBuild, since image: FilePath) -> Int? {
        var status = stat()
        guard stat(image.string, &status) == 0, status.st_mtim.tv_sec > since else { return nil }
        return build.objects(toFollow: paths.filter { build.isNewer($0, than: image) })
    }
}
