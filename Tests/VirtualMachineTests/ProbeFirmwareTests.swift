// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

extension EmulatorTests {
    /// The embedded bytes are what the source says. Fails without binutils: then nobody would see a difference.
    @Suite struct ProbeFirmwareTests {
        private static let source = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Templates/guest/probe.S")

        private func run(_ arguments: String...) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = arguments
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(arguments)")
        }

        @Test func bytesAreTheAssembledSource() async throws {
            try await withTemporaryFolder { folder in
                let object = folder.appending("probe.o").string
                let binary = folder.appending("probe.rom").string
                try run("as", "--32", "-o", object, Self.source.path)
                try run("objcopy", "-O", "binary", "-j", ".text", object, binary)
                let assembled = Array(try Data(contentsOf: URL(fileURLWithPath: binary)))
                #expect(
                    assembled == ProbeFirmware.sector,
                    "the source was changed: see ProbeFirmware on how to take it over"
                )
            }
        }

        /// The answers are constants of the source, too.
        @Test(arguments: [
            ("NO_SVM", ProbeFirmware.Answer.noSVM),
            ("SVM_WORKS", .nestedGuestRan),
            ("SVM_FAILS", .nestedGuestFailed),
        ])
        func answersAreTheSources(name: String, answer: ProbeFirmware.Answer) throws {
            let lines = try String(contentsOf: Self.source, encoding: .utf8).split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("\t.set\t\(name),") })
            #expect(line.hasSuffix("0x" + String(answer.rawValue, radix: 16)))
        }

        @Test func imageEndsWithTheSector() {
            #expect(ProbeFirmware.sector.count == 512)
            #expect(ProbeFirmware.image.count == ProbeFirmware.imageSize)
            #expect(ProbeFirmware.image.suffix(512) == ProbeFirmware.sector[...])
            #expect(ProbeFirmware.image.dropLast(512).allSatisfy { $0 == 0 })
        }
    }
}
