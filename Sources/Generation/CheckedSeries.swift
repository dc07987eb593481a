// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc
import SystemPackage

/// The state folder's word that the files of a series passed this program's checks, which take longer than `apply` has:
/// one small file per series. Without it, or where it can't be written, the checks are made.
package struct CheckedSeries {
    private let file: FilePath
    private let content: [UInt8]

    /// Nil where the program can't tell its own builds apart.
    package init?(_ name: String, _ digest: ObjectID, in folder: FilePath) {
        var program = stat()
        guard stat("/proc/self/exe", &program) == 0 else { return nil }
        // One elsewhere is named by its path.
        file = folder.appending("series-" + name.replacing("/", with: "%"))
        // Another build of the program may check more.
        let time = program.st_mtim
        content = Array("\(digest) \(program.st_size) \(time.tv_sec).\(time.tv_nsec)\n".utf8)
    }

    package var isTaken: Bool { (try? Files.read(file)) == content }

    package func take() {
        try? Files.makeFolder(file.removingLastComponent())
        try? Files.write(content, to: file)
    }
}
