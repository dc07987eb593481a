// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A place in a kernel's code as its stack traces name it: `sev_unbind_asid+0x1b/0x60`.
public struct CodePlace: Sendable, Hashable {
    public let function: String
    /// Bytes from the function's start.
    public let offset: Int
    /// Bytes up to the next function, as the kernel knows it.
    public let size: Int
    /// Whether a call returns there, as in all lines of a trace but that of the instruction pointer: the call is before.
    public let isReturn: Bool

    public init(function: String, offset: Int, size: Int, isReturn: Bool) {
        self.function = function
        self.offset = offset
        self.size = size
        self.isReturn = isReturn
    }
}

/// Where code comes from.
public struct SourceFrame: Sendable, Hashable {
    public let function: String
    /// Relative to the kernel's source or build folder.
    public let file: String
    public let line: Int
    /// Whether the compiler put it into the function below.
    public let isInlined: Bool

    public init(function: String, file: String, line: Int, isInlined: Bool) {
        self.function = function
        self.file = file
        self.line = line
        self.isInlined = isInlined
    }
}

/// Finds the source of places in a kernel that was built without debug information.
///
/// The objects that the places are in are compiled once more, by the command that kbuild has noted, with `-g` and into a
/// folder of their own: that changes no instruction (gcc's -fcompare-debug holds it to that), costs the time of a few
/// files only where something failed, and leaves image and build folder as they are. What doesn't have the size that the
/// kernel printed isn't decoded.
public struct SourcePlaces: Sendable {
    private let kernel: KernelBuild
    private let limits: Limits

    /// What decoding may cost.
    public struct Limits: Sendable {
        /// Objects that are compiled.
        public var objects = 12
        /// Of all of it.
        public var time = Duration.seconds(60)
        /// Objects of a kernel that are looked into for a function.
        public var candidates = 20_000

        public init() {}
    }

    public init(_ kernel: KernelBuild, limits: Limits = Limits()) {
        self.kernel = kernel
        self.limits = limits
    }

    /// A function in an object.
    private struct Symbol: Sendable {
        let object: String
        let section: String
        let address: Int
        let size: Int
    }

    /// The source of each place, innermost first: inlined functions, then the one that they are in. Places that nothing is
    /// known of are left out.
    public func frames(of places: Set<CodePlace>) async throws(BuildError) -> [CodePlace: [SourceFrame]] {
        let deadline = ContinuousClock.now + limits.time
        do {
            let symbols = try await symbols(of: places, deadline)
            var byObject: [String: [(place: CodePlace, symbol: Symbol)]] = [:]
            for place in places {
                guard let symbol = symbol(of: place, in: symbols[place.function] ?? []) else { continue }
                byObject[symbol.object, default: []].append((place, symbol))
            }
            // What most places are in comes first.
            let objects = byObject.keys.sorted {
                let (left, right) = (byObject[$0]?.count ?? 0, byObject[$1]?.count ?? 0)
                return left == right ? $0 < $1 : left > right
            }.prefix(limits.objects)
            var found: [CodePlace: [SourceFrame]] = [:]
            let scratch = try ScratchFolder(in: kernel.output, prefix: "kpatch-symbols-")
            for (index, object) in objects.enumerated() {
                guard
                    let compiled = try await compile(
                        object,
                        into: scratch.path.appending("\(index).o"),
                        deadline
                    )
                else { continue }
                try await decode(byObject[object] ?? [], in: compiled, &found, deadline)
            }
            return found
        } catch {
            throw BuildError(error)
        }
    }

    /// The only symbol of that size; a static function may have namesakes. What was linked of other objects (vmlinux.o, a
    /// module's) has them once more.
    private func symbol(of place: CodePlace, in symbols: [Symbol]) -> Symbol? {
        // The kernel's size reaches to the next function: alignment and padding are in it.
        let padding = 0..<80
        let same = symbols.filter { padding.contains(place.size - $0.size) && place.offset <= $0.size }
        let compiled = same.count > 1 ? same.filter { command(of: $0.object) != nil } : same
        return compiled.count == 1 ? compiled.first : nil
    }

    // MARK: - Symbols

    /// The functions of these names in all objects of the kernel.
    private func symbols(of places: Set<CodePlace>, _ deadline: ContinuousClock.Instant) async throws
        -> [String: [Symbol]]
    {
        let names = Set(places.map(\.function))
        guard !names.isEmpty else { return [:] }
        var objects: [String] = []
        collect(in: kernel.output, below: "", &objects)
        let found = Locked<[String: [Symbol]]>([:])
        // As many as an argument list takes.
        for start in stride(from: 0, to: objects.count, by: 500) {
            let part = objects[start..<min(start + 500, objects.count)]
            try await within(deadline) {
                _ = try await Tool("nm").stream(
                    ["--print-file-name", "--format=sysv", "--defined-only"] + part,
                    in: kernel.output
                ) { line in
                    guard let (name, symbol) = Self.symbol(line), names.contains(name) else { return }
                    found.withLock { $0[name, default: []].append(symbol) }
                }
            }
        }
        return found.value
    }

    /// `init/main.o:start_kernel        |0000000000000000|   T  |              FUNC|00000000000004a5|     |.init.text`
    private static func symbol(_ line: String) -> (name: String, Symbol)? {
        let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        guard fields.count == 7, fields[3].trimmed == "FUNC", let colon = fields[0].firstIndex(of: ":"),
            let address = Int(fields[1].trimmed, radix: 16), let size = Int(fields[4].trimmed, radix: 16)
        else { return nil }
        let name = fields[0][fields[0].index(after: colon)...].trimmed
        return (
            String(name),
            Symbol(
                object: String(fields[0][..<colon]),
                section: String(fields[6].trimmed),
                address: address,
                size: size
            )
        )
    }

    /// Folders whose objects are of other programs.
    private static let foreign: Set<String> = ["scripts", "tools", "usr", "certs", "kpatch-guest"]

    /// Objects that kbuild has compiled, below a folder. What can't be read isn't there.
    private func collect(in folder: FilePath, below path: String, _ objects: inout [String]) {
        guard let names = try? Files.names(in: folder) else { return }
        let all = Set(names)
        for name in names where objects.count < limits.candidates {
            if name.hasSuffix(".o") {
                if all.contains(".\(name).cmd") { objects.append(path + name) }
            } else if !name.contains("."), !path.isEmpty || !Self.foreign.contains(name),
                !Files.isLink(folder.appending(name)), Files.isFolder(folder.appending(name)),
                // An object in a folder deeper than any of the kernel's is none of its.
                path.utf8.count < 500
            {
                collect(in: folder.appending(name), below: "\(path)\(name)/", &objects)
            }
        }
    }

    // MARK: - Objects

    /// Compiles an object with debug information.
    ///
    /// - Returns: nil if it can't be done: such an object's places stay as they are.
    private func compile(_ object: String, into target: FilePath, _ deadline: ContinuousClock.Instant)
        async throws -> FilePath?
    {
        guard let words = command(of: object) else { return nil }
        var arguments: [String] = []
        var skipsNext = false
        for word in words.dropFirst() {
            if skipsNext {
                skipsNext = false
            } else if word == "-o" {
                skipsNext = true
            } else if !word.hasPrefix("-Wp,-M"), !word.hasPrefix("-M"), word != "-g0" {
                arguments.append(word)
            }
        }
        let debugging = arguments + ["-g", "-o", target.string]
        return try await within(deadline) {
            let result = try await Tool(words[0]).run(
                debugging,
                in: kernel.output,
                environment: BuildEnvironment.clean,
                limit: 1 << 20
            )
            return result.status.isSuccess ? target : nil
        } ?? nil
    }

    /// The compiler's command line for an object, by kbuild's note.
    private func command(of object: String) -> [String]? {
        let path = kernel.output.appending(object)
        guard let name = path.lastComponent?.string,
            let bytes = try? Files.read(
                path.removingLastComponent().appending(".\(name).cmd"),
                limit: 16 << 20
            )
        else { return nil }
        let line = String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
        guard let equals = line.firstRange(of: " := ") else { return nil }
        // Escaped for make (scripts/Kbuild.include, make-cmd).
        let text = line[equals.upperBound...].replacing("$(pound)", with: "#").replacing("$$", with: "$")
        guard let words = ShellWords.first(of: text[...]), words.count > 2, words.contains("-c") else {
            return nil
        }
        return words
    }

    // MARK: - Places

    private func decode(
        _ places: [(place: CodePlace, symbol: Symbol)],
        in object: FilePath,
        _ found: inout [CodePlace: [SourceFrame]],
        _ deadline: ContinuousClock.Instant
    ) async throws {
        for (section, group) in Dictionary(grouping: places, by: \.symbol.section) {
            let addresses = group.map {
                $0.symbol.address + $0.place.offset - ($0.place.isReturn && $0.place.offset > 0 ? 1 : 0)
            }
            let result = try await within(deadline) {
                try await Tool("addr2line").run(
                    ["--addresses", "--inlines", "--functions", "--exe=\(object)", "--section=\(section)"]
                        + addresses.map { "0x" + String($0, radix: 16) },
                    in: kernel.output,
                    limit: 4 << 20
                )
            }
            guard let result, result.status.isSuccess else { continue }
            for (entry, frames) in zip(group, answers(result.outputText)) where !frames.isEmpty {
                found[entry.place] = frames
            }
        }
    }

    /// An answer per address: a line with the address, then two lines per function.
    private func answers(_ text: String) -> [[SourceFrame]] {
        var answers: [[(function: String, place: Substring)]] = []
        var function: String?
        for line in text.split(separator: "\n") {
            if function == nil, line.hasPrefix("0x") {
                answers.append([])
            } else if let name = function {
                if !answers.isEmpty { answers[answers.count - 1].append((name, line)) }
                function = nil
            } else {
                function = String(line)
            }
        }
        return answers.map { frames in
            frames.enumerated().compactMap { index, frame in
                // `/build/arch/x86/kvm/svm/sev.c:123 (discriminator 2)`; `??:0` is unknown.
                let word = frame.place.prefix { $0 != " " }
                guard let colon = word.lastIndex(of: ":"), let line = Int(word[word.index(after: colon)...]),
                    line > 0, !word.hasPrefix("??")
                else { return nil }
                return SourceFrame(
                    function: frame.function,
                    file: relative(word[..<colon]),
                    line: line,
                    isInlined: index < frames.count - 1
                )
            }
        }
    }

    /// The compiler was told to leave the source folder out of names, and doesn't know that the build folder is one.
    private func relative(_ file: Substring) -> String {
        for folder in [kernel.output.string, kernel.source.string] where file.hasPrefix(folder + "/") {
            return FilePath(String(file.dropFirst(folder.utf8.count + 1))).lexicallyNormalized().string
        }
        return FilePath(String(file)).lexicallyNormalized().string
    }

    /// Runs `body` and ends it at the deadline.
    ///
    /// - Returns: nil if it was ended.
    private func within<Result: Sendable>(
        _ deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result? {
        guard ContinuousClock.now < deadline else { return nil }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(until: deadline)
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            do { while try await group.next() != nil {} } catch {
                // The one that was too slow was ended.
            }
            try Task.checkCancellation()
            return first
        }
    }
}
