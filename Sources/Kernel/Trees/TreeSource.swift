// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Where kernel sources can be got from by their version: Debian's archives (`DebianSource`), for one.
///
/// Errors are the source's own, `Blamed`.
public protocol TreeSource: Sendable {
    /// The best that the source has for a version: for a series ("5.10") its newest, else that very one.
    ///
    /// - Throws: if it has none, with what it has.
    func offer(_ version: KernelVersion, progress: @escaping TreeImport.Progress) async throws -> TreeOffer

    /// Gets what was offered into an empty folder and unpacks it there.
    ///
    /// - Returns: the tree's own folder, in `folder`. What is in it need not be trusted.
    func obtain(_ offer: TreeOffer, into folder: FilePath, progress: @escaping TreeImport.Progress)
        async throws
        -> FilePath
}

/// A kernel's source that a `TreeSource` has.
public struct TreeOffer: Sendable, Hashable {
    public let version: KernelVersion
    /// Where it comes from, for the commit's message: "linux-source-5.10 5.10.262-1". The source knows it by this.
    public let origin: String

    public init(version: KernelVersion, origin: String) {
        self.version = version
        self.origin = origin
    }
}
