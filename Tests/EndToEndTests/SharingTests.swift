// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

/// What a group shares (core.sharedRepository): git is the judge.
@Suite("a shared repository") struct SharingTests {
    @Test("files have the permissions that git gives them", arguments: ["group", "all", "0640"])
    func permissions(_ sharing: String) async throws {
        let world = try World()
        let linux = try await world.kernel()
        // Made under the mask, as everything after them.
        let script = """
            umask 077
            for name in ours gits; do
                git clone -q --bare "$1" $name && git -C $name config core.logAllRefUpdates true &&
                    git -C $name config core.sharedRepository \(sharing) || exit 1
                find $name -exec chmod g+rwX,o+rX {} +
            done
            find ours gits >before
            (cd gits && commit=$(git commit-tree -m x 'main^{tree}') && git update-ref refs/heads/g/b $commit &&
                git notes --ref kpatch-gen add -m x $commit && git update-ref refs/kpatch-gen/g/b $commit) || exit 1
            "$KPATCH_GEN" apply --variant cap-to --tree ours --base main --branch g/b >&2 || exit $?
            find ours gits >after
            comm -13 <(sort before) <(sort after) | grep -E '/(objects|refs|logs|kpatch-gen)/' |
                while read -r path; do
                    kind=${path#*/}
                    echo "${path%%/*} ${kind%%/*} $(stat -c '%F %a' "$path" | sed 's/ empty//; s/ [0-7]*\\([0-7]\\{3\\}\\)$/ \\1/')"
                done | sort -u
            """
        let outcome = try await world.shell(
            script,
            linux.string,
            environment: ["KPATCH_GEN": try World.program()]
        )
        expectSuccess(outcome)
        func rows(_ name: String) -> Set<String> {
            Set(
                outcome.lines.filter { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
            )
        }
        let (ours, gits) = (rows("ours"), rows("gits"))
        #expect(!gits.isEmpty)
        // A folder of our own is as those of git are.
        let own = ours.filter { $0.hasPrefix("kpatch-gen ") }
        #expect(ours.subtracting(own) == gits, "\(outcome)")
        let kinds = own.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        let allowed = gits.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        #expect(Set(kinds).isSubset(of: allowed), "\(outcome)")
    }
}
