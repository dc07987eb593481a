// SPDX-License-Identifier: GPL-2.0-only

import Base
import TestSupport
import Testing

@testable import PatchSeries

/// What the RFC's own base (5.11, 5.12) lacks and no tree of Debian's archive does: 5.10 without it.
@Suite struct OlderBaseTests {
    private static let sev = "arch/x86/kvm/svm/sev.c"
    private static let header = "arch/x86/kvm/svm/svm.h"

    private func rendered(_ variant: String, _ settings: [Setting] = [], older: Bool) throws -> RenderedSeries
    {
        let read = try KernelTree("5.10").reader()
        let series = try MirrorSeries.read()
        let without = [
            Self.sev: "\tif (kvm->created_vcpus)\n\t\treturn -EINVAL;\n\n",
            Self.header: "void sev_guest_memory_reclaimed(struct kvm *kvm);\n",
        ]
        return try series.render(try Selection(variant: variant, settings: settings, of: series)) { path in
            guard older, let lines = without[path] else { return read(path) }
            var text = String(decoding: try #require(read(path)), as: UTF8.self)
            let range = try #require(text.firstRange(of: lines), "\(path) has no '\(lines)'")
            text.removeSubrange(range)
            return Array(text.utf8)
        }
    }

    private func text(_ series: RenderedSeries, _ folder: String) throws -> String {
        let patch = try #require(series.patches.first { $0.folder == folder })
        let file = try #require(patch.files.first { $0.path == Self.sev })
        return String(decoding: file.bytes, as: UTF8.self)
    }

    @Test func initRefusesVMsWithVCPUs() throws {
        let older = try rendered("cap-from", older: true)
        #expect(
            try text(older, "0003-init-vcpus").contains(
                "\tif (kvm->created_vcpus)\n\t\treturn -EINVAL;\n\n\tret = -EBUSY;"
            )
        )
        #expect(!(try rendered("cap-from", older: false)).patches.contains { $0.folder == "0003-init-vcpus" })
        #expect(!(try rendered("rfc-v1", older: true)).patches.contains { $0.folder == "0003-init-vcpus" })
    }

    @Test func mirrorsFlushWhereNothingElseDoes() throws {
        let folder = "0004-share-sev-context"
        let flush = "\t\twbinvd_on_all_cpus();\n\t\tkvm_put_kvm(sev->enc_context_owner);\n"
        #expect(try text(try rendered("cap-to", older: true), folder).contains(flush))
        #expect(!(try text(try rendered("cap-to", older: false), folder)).contains(flush))
        let skipped = [Setting("destroy-flush", "skipped")]
        #expect(!(try text(try rendered("cap-to", skipped, older: true), folder)).contains(flush))
    }

    /// An enumerator that follows by itself has no number, and one that doesn't has.
    @Test(arguments: [
        ([], "\tKVM_SEV_SHARE_ASID,\n"), ([Setting("command-id", "23")], "\tKVM_SEV_SHARE_ASID = 23,\n"),
    ])
    func numbersThatFollow(settings: [Setting], line: String) throws {
        let series = try rendered("enc-op", settings, older: false)
        let file = series.patches.flatMap(\.files).first { $0.path == "include/uapi/linux/kvm.h" }
        #expect(String(decoding: try #require(file).bytes, as: UTF8.self).contains(line))
    }
}
