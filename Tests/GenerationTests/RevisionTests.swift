// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Generation
import Git
import PatchSeries
import SystemPackage
import Testing

@Suite struct RevisionTests {
    @Test func candidatesComeBeforeTheirRelease() {
        let tags = ["v5.12", "other", "v5.12-rc10", "v5.12-rc2", "v5.9", "a"]
        #expect(Repository.inOrder(tags) == ["v5.9", "v5.12-rc2", "v5.12-rc10", "v5.12", "a", "other"])
    }

    @Test(
        arguments: [
            ("5.10", "v5.10.262"), ("v5.10", "v5.10.262"), ("5.10.3", "v5.10.3"), ("5.1", nil), ("x", nil),
        ] as [(String, String?)]
    )
    func aSeriesIsItsNewestRelease(name: String, tag: String?) {
        #expect(Repository.newest(name, of: ["v5.10.3", "v5.10.262", "v5.10.19", "v6.1.2"]) == tag)
    }

    private func mirror() throws -> Series {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let project = ProjectFiles(root: FilePath(root.path))
        return try LoadedSeries(SeriesFiles("kvm-sev-mirror", of: project)).series
    }

    private func revision(_ variant: String, chosen: Int? = nil, since: String? = nil) throws -> MailRevision
    {
        let series = try mirror()
        let selection = try Selection(variant: variant, settings: [], of: series)
        return try MailRevision(selection, of: series, chosen: chosen, since: since, isSignedAnew: false)
    }

    /// The series of docs/writing-a-series.md, of which one revision was mailed.
    private func mailedOnce() throws -> Series {
        let root = "Tests/Series/kvm-vm-seal"
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Series/kvm-vm-seal")
        var files: [String: [UInt8]] = [:]
        for case let file as URL in FileManager.default.enumerator(
            at: folder,
            includingPropertiesForKeys: nil
        ) ?? .init() where !file.hasDirectoryPath {
            files[String(file.path.dropFirst(folder.path.count + 1))] = Array(try Data(contentsOf: file))
        }
        let revisions = "revisions: [{number: 1, variant: full, message-id: 1@example.org}]\n"
        files["series.yml"] = files["series.yml"].map { $0 + Array(revisions.utf8) }
        return try SeriesReader(files: files, root: root).read()
    }

    @Test func thePostedSelectionIsThePostedMail() throws {
        let posted = try revision("rfc-v1")
        #expect(posted.number == 1 && posted.since == nil)
        #expect(posted.postedID == "20210224085915.28751-1-natet@google.com")
        let next = try revision("enc-op")
        // Others mailed the revisions of 2021: this is a lineage of its own.
        #expect(next.number == 1 && next.postedID == nil)
        #expect(next.since?.name == "RFC v1" && next.since?.isAncestor == true)
        #expect(next.since?.link == "https://lore.kernel.org/r/20210224085915.28751-1-natet@google.com")
        #expect(try revision("enc-op", since: "cap-to").since?.link == nil)
    }

    @Test func aMailedNumberIsTaken() throws {
        let series = try mailedOnce()
        func number(_ chosen: Int?) throws -> Int {
            let selection = try Selection(variant: "full", settings: [], of: series)
            return try MailRevision(selection, of: series, chosen: chosen, since: nil, isSignedAnew: false)
                .number
        }
        for chosen in [0, 1] {
            let failure = #expect(throws: Failure.self) { try number(chosen) }
            #expect(failure?.fault == .user)
        }
        #expect(try number(nil) == 2)
        #expect(try number(7) == 7)
    }

    /// Another letter, another name; the same series, the same names.
    @Test func messageIDsNameTheContent() throws {
        let sender = Signature(name: "Ann", email: "ann@example.org", time: Timestamp(seconds: 0))
        func names(_ contents: [String]) throws -> [String] {
            let ids = try MessageIDs(
                changeID: "20210224-small-0123456789ab",
                revision: 2,
                contents: contents,
                sender: sender
            )
            return [ids.name(0), ids.name(1)]
        }
        let first = try names(["a", "b"])
        #expect(try names(["a", "b"]) == first)
        #expect(try names(["a", "c"]) != first)
        #expect(first.allSatisfy { $0.hasPrefix("20210224-small-v2-") && $0.hasSuffix("@example.org") })
        #expect(first[0] != first[1])
    }
}
