// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

/// What this machine calls itself.
enum HostName {
    static let here: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .onOneLine
    }()
}

/// What this machine has.
package enum HostResources {
    /// Processors that this process may use: Cpus_allowed of proc(5), else those that are online.
    package static var processors: Int {
        let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        guard let mask = field("Cpus_allowed", of: "/proc/self/status") else { return online }
        let count = mask.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
        return count == 0 ? online : min(count, online)
    }

    /// MemAvailable of proc(5), in MiB; nil where there is none.
    package static var availableMiB: Int? {
        field("MemAvailable", of: "/proc/meminfo").flatMap { Int($0) }.map { $0 / 1024 }
    }

    /// The first word behind `name:`.
    private static func field(_ name: String, of path: FilePath) -> Substring? {
        guard let bytes = try? Files.read(path, limit: 1 << 20) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).lines where line.hasPrefix("\(name):") {
            return line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first
        }
        return nil
    }
}
