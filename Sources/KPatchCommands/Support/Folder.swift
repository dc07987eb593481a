// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// `Files` for functions that throw `Failure` only; goes with the last of them.
enum Folder {
    static func read(_ path: FilePath) throws(Failure) -> [UInt8] {
        do { return try Files.read(path) } catch { throw Failure(error) }
    }

    static func write(_ bytes: [UInt8], to path: FilePath, executable: Bool = false) throws(Failure) {
        do { try Files.write(bytes, to: path, executable: executable) } catch { throw Failure(error) }
    }

    static func make(_ path: FilePath) throws(Failure) {
        do { try Files.makeFolder(path) } catch { throw Failure(error) }
    }

    static func remove(_ path: FilePath) throws(Failure) {
        do { try Files.remove(path) } catch { throw Failure(error) }
    }

    static func names(in path: FilePath) throws(Failure) -> [String] {
        do { return try Files.names(in: path) } catch { throw Failure(error) }
    }

    static func files(in root: FilePath) throws(Failure) -> [String: [UInt8]] {
        do { return try FolderWalk(root, .series).contents() } catch { throw Failure(error) }
    }
}
