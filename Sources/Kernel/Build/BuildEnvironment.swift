// SPDX-License-Identifier: GPL-2.0-only

/// What of the caller's environment must not reach kbuild.
enum BuildEnvironment {
    /// Variables that kbuild, make or gcc obey and that would make a build
    /// depend on who starts it. MAKEFLAGS: we may run under somebody's make.
    private static let harmful = [
        "ARCH", "CFLAGS", "CPPFLAGS", "CROSS_COMPILE", "INSTALL_HDR_PATH", "KAFLAGS", "KBUILD_OUTPUT",
        "KBUILD_VERBOSE",
        "KCFLAGS", "KCPPFLAGS", "KCONFIG_ALLCONFIG", "KCONFIG_CONFIG", "LDFLAGS", "LLVM", "LOCALVERSION",
        "MAKEFILES",
        "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "O", "OUTPUT", "SUBARCH", "V", "W", "CPATH", "C_INCLUDE_PATH",
        "LIBRARY_PATH", "GCC_COLORS", "SOURCE_DATE_EPOCH",
    ]

    static let clean: [String: String?] = Dictionary(uniqueKeysWithValues: harmful.map { ($0, nil) })

    /// Also fixes what a kernel image records of its build, and how ccache finds out what it knows.
    static let reproducible: [String: String?] = clean.merging(
        [
            "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
            "KBUILD_BUILD_USER": "kpatch-gen",
            "KBUILD_BUILD_HOST": "localhost",
            "KBUILD_BUILD_VERSION": "1",
            // Set but empty: scripts/setlocalversion then adds no "+" for a dirty git tree.
            "LOCALVERSION": "",
            // What an object depends on is in the file that the compiler writes for kbuild anyway. Without this, ccache
            // preprocesses what it doesn't know first, which costs half as much again as to compile it.
            "CCACHE_DEPEND": "1",
        ],
        uniquingKeysWith: { $1 }
    )
}
