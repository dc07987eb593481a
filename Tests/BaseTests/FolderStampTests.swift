// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

/// A folder that looks the same has to be the same.
@Suite final class FolderStampTests {
    let folder: FilePath

    init() throws {
        folder = try Files.makeTemporaryFolder(in: FilePath(NSTemporaryDirectory()), prefix: "stamp-tests")
        try Files.makeFolder(folder.appending("a/b"))
        try Files.write(Array("one".utf8), to: folder.appending("a/b/file"))
        try Files.write(Array("two".utf8), to: folder.appending("other"))
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? Files.remove(folder)
    }

    private func stamp() throws -> FolderStamp {
        let stamp = try #require(try FolderWalk(folder, .series).stamp)
        // The clock of the file system's times ticks every few milliseconds.
        Thread.sleep(forTimeInterval: 0.05)
        return FolderStamp(stamp.bytes)
    }

    @Test func holdsWhileNothingChanges() throws {
        #expect(try stamp().holds(for: folder))
        _ = try FolderWalk(folder, .series).contents()
        #expect(try stamp().holds(for: folder))
        #expect(!FolderStamp([]).holds(for: folder))
        #expect(!FolderStamp(Array(try stamp().bytes.dropLast())).holds(for: folder))
        #expect(!(try stamp().holds(for: folder.appending("a"))))
    }

    @Test func isNotSettledInTheSameTick() throws {
        #expect(!(try #require(try FolderWalk(folder, .series).stamp)).isSettled)
    }

    @Test(
        arguments: [
            "printf ONE >a/b/file", "touch -d @1 other", "chmod +x other", "rm other", "touch a/b/new",
            "mv a/b a/c", "rm other && ln -s a/b/file other", "mkdir a/d", "cp -p other new && mv new other",
        ]
    )
    func showsAChange(_ command: String) throws {
        let stamp = try stamp()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "cd '\(folder)' && \(command)"]
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
        #expect(!stamp.holds(for: folder))
    }

    /// A link leads to what is stamped elsewhere, or nowhere.
    @Test func aFolderWithALinkHasNone() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending("link").string,
            withDestinationPath: "other"
        )
        #expect(try FolderWalk(folder, .series).stamp == nil)
    }
}
