// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Which Debian package brings which command.
enum DebianPackages {
    static let byCommand: [String: String] = [
        "apt-cache": "apt",
        "apt-get": "apt",
        "ar": "binutils",
        "bc": "bc",
        "bison": "bison",
        "bzip2": "bzip2",
        "ccache": "ccache",
        "cp": "coreutils",
        "cpio": "cpio",
        "dpkg-deb": "dpkg",
        "dpkg-source": "dpkg-dev",
        "flex": "flex",
        "gcc": "gcc",
        "git": "git",
        "gzip": "gzip",
        "ld": "binutils",
        "make": "make",
        "perl": "perl",
        "pkg-config": "pkg-config",
        "python3": "python3",
        Architecture.x86.emulator: Architecture.x86.emulatorPackage,
        "sh": "dash",
        "tar": "tar",
        "xz": "xz-utils",
        "zstd": "zstd",
    ]

    /// The command that installs packages, on one line.
    static func installCommand(_ packages: [String]) -> String {
        "apt-get install --no-install-recommends " + packages.joined(separator: " ")
    }
}
