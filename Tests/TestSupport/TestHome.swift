// SPDX-License-Identifier: GPL-2.0-only

import Foundation

/// A home folder of the tests' own: nothing of the machine's or the user's git configuration reaches them.
public enum TestHome {
    /// Ask for it before libgit2 starts, which looks for the home folder once.
    public static let path: String = {
        let home = NSTemporaryDirectory() + "git-tests-home-\(getpid())"
        // What cannot be made here fails the first test that needs it.
        try? FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        for variable in ["XDG_CONFIG_HOME", "GIT_DIR", "SUDO_UID", "EMAIL", "GIT_CEILING_DIRECTORIES"] {
            unsetenv(variable)
        }
        atexit { try? FileManager.default.removeItem(atPath: TestHome.path) }
        setenv("HOME", home, 1)
        setenv("GIT_CONFIG_NOSYSTEM", "1", 1)
        return home
    }()
}
