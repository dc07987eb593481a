// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Testing

@testable import Kernel

/// ccache as kernels are built with it, on a file of one line and its header; gcc alone is the judge.
@Suite(.timeLimit(.minutes(1)))
struct CompilerCacheTests {
    @Test func aChangedHeaderIsSeenWithoutThePreprocessor() async throws {
        let scratch = try Scratch()
        try scratch.write("#include \"value.h\"\nint value(void) { return VALUE; }\n", to: "value.c")
        let environment = BuildEnvironment.reproducible.merging([
            "CCACHE_DIR": scratch["cache"].string, "CCACHE_LOGFILE": scratch["log"].string,
        ]) { $1 }
        // ccache doesn't trust what is as young as the compilation.
        func header(_ value: Int, minutesAgo: Int) async throws {
            try scratch.write("#define VALUE \(value)\n", to: "value.h")
            try await Tool("touch").run(
                ["-d", "\(minutesAgo) minutes ago", "value.h", "value.c"],
                in: scratch.path
            ).required()
        }
        func object(by compiler: String, _ arguments: [String] = []) async throws -> [UInt8] {
            try await Tool(compiler).run(
                arguments + ["-Wp,-MMD,.value.o.d", "-c", "-o", "value.o", "value.c"],
                in: scratch.path,
                environment: environment
            ).required()
            return try Files.read(scratch["value.o"])
        }
        try await header(1, minutesAgo: 30)
        let first = try await object(by: "ccache", ["gcc"])
        #expect(try await object(by: "ccache", ["gcc"]) == first)
        try await header(2, minutesAgo: 20)
        let second = try await object(by: "ccache", ["gcc"])
        #expect(second != first)
        #expect(try await object(by: "gcc") == second)
        let log = try scratch.text("log")
        let known = log.split(separator: "\n").count { $0.hasSuffix("Succeeded getting cached result") }
        #expect(known == 1, "\(log)")
        #expect(!log.contains(" -E "), "\(log)")
    }
}
