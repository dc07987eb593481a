// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Why a patch can't become a series.
package struct ImportError: Blamed {
    package enum Kind: Sendable {
        /// What was named as the source is none, or is damaged or hostile.
        case source
        /// The patches were made on another base.
        case base
        /// There is something at the place where the series is to be.
        case output
        /// The series doesn't render to what was imported.
        case series
    }

    package let kind: Kind
    /// What happened and where; on the lines below, what helps.
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    package var fault: Fault {
        switch kind {
        case .source, .output, .series: .user
        case .base: .tree
        }
    }
}

/// What an import takes at most; a series of patches for review has a hundredth.
enum ImportLimit {
    /// Bytes of one mbox or patch file.
    static let fileSize = 64 << 20
    /// Bytes of one mail or patch, and lines of it: the largest that a list takes have a tenth.
    static let mailSize = 16 << 20
    static let lines = 500_000
    /// Mails in an mbox, and patches in a series.
    static let mails = 10_000
    static let patches = 1000
}

extension Files {
    /// Reads what a user named as a source.
    static func readSource(_ path: FilePath) throws -> [UInt8] {
        if let size = Files.size(path), size > ImportLimit.fileSize {
            throw ImportError(
                .source,
                "\(path) has \(size) bytes, and \(ImportLimit.fileSize) are the most that an mbox or a patch may have here\ntake one thread, as `b4 mbox MESSAGE-ID` does"
            )
        }
        return try Files.read(path, limit: ImportLimit.fileSize)
    }
}
