// SPDX-License-Identifier: GPL-2.0-only

import Git
import Glibc
import Kernel
import SystemPackage

/// The state folder's word that the files of a series passed this program's checks, which take longer than `apply` has:
/// one small file per series. Without it, or where it can't be written, the checks are made.
struct CheckedSeries {
    private let file: FilePath
    private let content: [UInt8]

    /// Nil without a state folder.
    init?(_ name: String, _ digest: ObjectID) {
        var program = stat()
        guard let state = try? StateFolder(environment: processEnvironment()),
            stat("/proc/self/exe", &program) == 0
        else { return nil }
        // One elsewhere is named by its path.
        file = state.checked.appending("series-" + name.replacing("/", with: "%"))
        // Another build of the program may check more.
        let time = program.st_mtim
        content = Array("\(digest) \(program.st_size) \(time.tv_sec).\(time.tv_nsec)\n".utf8)
    }

    var isTaken: Bool { (try? Folder.read(file)) == content }

    func take() {
        try? Folder.make(file.removingLastComponent())
        try? Folder.write(content, to: file)
    }
}
