// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import Kernel

/// A temporary folder, and commands to judge by.
final class Scratch: Sendable {
    let path: FilePath

    init() throws {
        path = try Files.makeTemporaryFolder(in: FilePath(NSTemporaryDirectory()), prefix: "kernel-tests")
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? Files.remove(path)
    }

    subscript(_ name: String) -> FilePath { path.appending(name) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> FilePath {
        let file = path.appending(name)
        try Files.makeFolder(file.removingLastComponent())
        try Files.write(Array(text.utf8), to: file)
        return file
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Files.read(path.appending(name)), as: UTF8.self)
    }

    /// Makes a file executable.
    func script(_ text: String, to name: String) throws -> FilePath {
        let file = try write(text, to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.string)
        return file
    }

    /// A folder with all that makes a kernel tree of version 5.10.7.
    func kernelTree(_ name: String = "linux") throws -> FilePath {
        let makefile =
            "# SPDX\nVERSION = 5\nPATCHLEVEL = 10\nSUBLEVEL = 7\nEXTRAVERSION =\nNAME = Test\n\nmrproper:\n\trm -f init/main.o .config\n"
        try write(makefile, to: "\(name)/Makefile")
        try write("", to: "\(name)/Kbuild")
        try write("mainmenu \"Linux\"\n", to: "\(name)/Kconfig")
        try write("config X86\n", to: "\(name)/arch/x86/Kconfig")
        try write("int main;\n", to: "\(name)/init/main.c")
        return path.appending(name)
    }
}

/// Whether a process runs; a zombie does not.
func isRunning(_ pid: Int32) -> Bool {
    guard let stat = try? Files.read(FilePath("/proc/\(pid)/stat")) else { return false }
    let text = String(decoding: stat, as: UTF8.self)
    guard let close = text.lastIndex(of: ")") else { return false }
    return !text[close...].hasPrefix(") Z")
}
