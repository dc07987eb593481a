// SPDX-License-Identifier: GPL-2.0-only

import Base
import Synchronization
import SystemPackage
import Testing

@testable import Kernel

/// A folder of kernel trees, to show that a source of trees need not be Debian's.
private final class ShelfSource: TreeSource {
    struct Missing: Blamed {
        let fault = Fault.user
        let description: String
    }

    private let versions: [KernelVersion]
    private let scratch: Scratch
    let obtained = Mutex(0)

    init(_ versions: [KernelVersion], _ scratch: Scratch) {
        self.versions = versions
        self.scratch = scratch
    }

    func offer(_ version: KernelVersion, progress: @escaping TreeImport.Progress) async throws -> TreeOffer {
        let fitting = versions.filter { version.isSeries ? $0.series == version.series : $0 == version }
        guard let best = fitting.max() else {
            throw Missing(description: "no \(version.number) on the shelf")
        }
        return TreeOffer(version: best, origin: "shelf \(best.number)")
    }

    func obtain(_ offer: TreeOffer, into folder: FilePath, progress: @escaping TreeImport.Progress)
        async throws
        -> FilePath
    {
        obtained.withLock { $0 += 1 }
        let tree = try scratch.kernelTree("shelf/\(offer.version.number)")
        try await Tool("cp").run(["-a", tree.string, folder.appending("tree").string]).required()
        return folder.appending("tree")
    }
}

@Suite struct TreeSourceTests {
    @Test func anySourceWillDo() async throws {
        let scratch = try Scratch()
        let source = ShelfSource(
            [KernelVersion(5, 10, 3), KernelVersion(5, 10, 7), KernelVersion(6, 1)],
            scratch
        )
        let state = StateFolder(root: scratch["state"])
        let fetcher = TreeFetcher(state: state, source: source)
        let steps = Mutex<[TreeProgress]>([])
        let tree = try await fetcher.fetch("5.10") { step in
            // While it is removed, which can take minutes, not behind that.
            if step == .removing { #expect((try? Files.names(in: state.temporary))?.isEmpty == false) }
            steps.withLock { $0.append(step) }
        }
        #expect(steps.withLock { $0.last } == .removing)
        #expect(tree.tag == "v5.10.7" && !tree.wasPresent)
        #expect(
            try await GitTool(repository: state.trees)(["log", "-1", "--format=%s", "v5.10.7"]).outputText
                == "Linux 5.10.7 (shelf 5.10.7)\n"
        )
        #expect(try await fetcher.fetch("5.10").wasPresent)
        #expect(try await fetcher.fetch("v5.10.7").wasPresent)
        #expect(source.obtained.withLock { $0 } == 1)
        #expect(try Files.names(in: state.temporary).isEmpty)
        let error = await #expect(throws: ShelfSource.Missing.self) { try await fetcher.fetch("4.19") }
        #expect(error?.description == "no 4.19 on the shelf")
    }
}
