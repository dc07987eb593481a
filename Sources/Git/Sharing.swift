// SPDX-License-Identifier: GPL-2.0-only

import Glibc

extension Repository {
    /// From now on this process makes files as `core.sharedRepository` asks for, so that the group that shares the
    /// repository can go on with them. libgit2 1.5 heeds that setting only when it makes a repository; the process's
    /// mask works for every file below it, whoever writes it. Folders inherit their group's bit from those above them.
    public func adoptSharing() throws(GitError) {
        guard let value = try configString("core.sharedRepository"), let mask = Self.mask(value) else {
            return
        }
        let old = umask(0)
        umask(mask(old))
    }

    /// Git's own reading (setup.c, `git_config_perm`): words, or the permissions of a file in octal.
    private static func mask(_ value: String) -> ((mode_t) -> mode_t)? {
        switch value.lowercased() {
        case "", "umask", "false", "no", "off", "0": return nil
        case "group", "true", "yes", "on", "1": return { $0 & ~0o070 }
        case "all", "world", "everybody", "2": return { $0 & ~0o075 }
        default:
            // A folder is entered by whoever may read the files in it.
            guard let mode = mode_t(value, radix: 8), mode & 0o600 == 0o600 else { return nil }
            return { _ in 0o777 & ~(mode | (mode & 0o444) >> 2) }
        }
    }
}
