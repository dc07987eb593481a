// SPDX-License-Identifier: GPL-2.0-only

/// What a folder that others wrote may hold, and how much of it.
public struct FolderRules: Sendable {
    /// What becomes of symbolic links.
    public enum Links: Sendable {
        /// They are entries of their own, if they name something below the folder.
        case kept
        /// One to a regular file below the folder stands for that file.
        case read
    }

    /// The most bytes that one file may have.
    public var fileBytes: Int
    /// The most bytes that all files may have together.
    public var totalBytes: Int
    /// The most files and folders there may be.
    public var files: Int
    /// How many folders may lie within each other.
    public var depth: Int
    public var links: Links
    /// Names that are passed over in each folder.
    public var passedOver: Set<String> = []
    /// Names that are passed over at the top only.
    public var passedOverAtTop: Set<String> = []
    public var passedOverPrefixes: [String] = []
    public var passedOverSuffixes: [String] = []

    /// Templates and what goes with them.
    public static let series = FolderRules(
        fileBytes: Limits.raised(16 << 20),
        totalBytes: Limits.raised(64 << 20),
        files: Limits.raised(10_000),
        depth: 32,
        links: .read,
        // A series may be a repository; desktops leave files of their own.
        passedOver: [
            ".git", ".hg", ".svn", ".pc", ".DS_Store", ".directory", "Thumbs.db", "desktop.ini", ".idea",
            ".vscode",
        ],
        // Emacs' locks and unsaved files, what NFS and macOS put alongside, GNOME's and LibreOffice's.
        passedOverPrefixes: [".#", "#", ".nfs", "._", ".goutputstream-", ".~lock."],
        // What editors and patch(1) leave alongside a file.
        passedOverSuffixes: ["~", ".swp", ".swo", ".orig", ".rej"]
    )

    /// A kernel tree; three times of the largest that is known (7.3: 93,000 files, 1.7 GB, a header of 24 MB).
    public static let kernelTree = FolderRules(
        fileBytes: Limits.raised(128 << 20),
        totalBytes: Limits.raised(6 << 30),
        files: Limits.raised(400_000),
        depth: 64,
        links: .kept,
        passedOverAtTop: [".git", ".pc", ".svn", ".hg"]
    )

    func passesOver(_ name: String, atTop: Bool) -> Bool {
        passedOver.contains(name) || atTop && passedOverAtTop.contains(name)
            || passedOverPrefixes.contains(where: name.hasPrefix)
            || passedOverSuffixes.contains(where: name.hasSuffix)
    }
}
