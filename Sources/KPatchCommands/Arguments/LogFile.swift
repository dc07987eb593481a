// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A log that somebody else wrote: of any size, in a file or from standard input.
enum LogFile {
    /// Hands over the bytes in pieces, and nil at the end.
    ///
    /// - Parameter name: a path; `-` is standard input.
    static func read(_ name: String, _ body: ([UInt8]?) throws -> Void) throws {
        do {
            let input =
                name == "-"
                ? .standardInput : try FileDescriptor.open(FilePath(name), .readOnly, options: .closeOnExec)
            defer { if name != "-" { try? input.close() } }
            while true {
                let bytes = try [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                    count = try input.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                guard !bytes.isEmpty else { break }
                try body(bytes)
            }
        } catch let error as Errno {
            throw Failure(.user, "can't read \(name): \(error)")
        }
        try body(nil)
    }
}
