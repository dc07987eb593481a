// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// A disk that is full or may not be written: needs a mount namespace of its own, in which nobody else sees the mounts.
@Suite(
    "disks",
    .enabled("needs mounts in a namespace of its own: run it as root, outside an unprivileged container") {
        await MountNamespace.isAllowed
    }
)
struct DiskTests {
    /// Runs the script with the mounts that the preparation makes; both see $1, the program, and $2, the repository.
    private func inNamespace(_ world: World, _ linux: FilePath, _ prepare: String, _ script: String)
        async throws -> Outcome
    {
        try await run(
            "unshare",
            [
                "--mount", "--propagation", "private", "bash", "-c", "set -e\n\(prepare)\nset +e\n\(script)",
                "bash", try World.program(), linux.string,
            ],
            in: world.root,
            environment: world.environment()
        )
    }

    private static let judge = """
        echo "status $?"
        git -C "$2" for-each-ref --format='%(refname)'
        git -C "$2" fsck --full --no-dangling && echo "fsck $?"
        """

    @Test("a full disk, at every size", arguments: [0, 16, 40, 64, 96])
    func full(_ free: Int) async throws {
        let world = try World()
        let linux = try await world.kernel()
        // A copy on a small disk, on which only this many KiB are left.
        let prepare = """
            mkdir m; mount -t tmpfs -o size=8m none m; cp -a "$2" m/linux; set -- "$1" "$PWD/m/linux"
            cat /dev/zero > m/fill 2>/dev/null || true
            truncate -s $(($(stat -c %s m/fill) - \(free) * 1024)) m/fill
            """
        let script = """
            "$1" apply --variant cap-from --tree "$2" --branch b
            status=$?
            rm m/fill
            (exit $status)
            """
        let outcome = try await inNamespace(world, linux, prepare, script + "\n" + Self.judge)
        #expect(
            outcome.lines == ["status 4", "refs/heads/main", "refs/tags/v5.10.99", "fsck 0"],
            "\(outcome)"
        )
        #expect(outcome.errors.contains("make room"), "\(outcome)")
    }

    @Test("a repository that may not be written")
    func readOnly() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await unchanged(linux) {
            try await inNamespace(
                world,
                linux,
                "mount --bind \"$2\" \"$2\"; mount -o remount,ro,bind \"$2\"",
                "\"$1\" apply --variant cap-from --tree \"$2\" --branch b\n" + Self.judge
            )
        }
        #expect(
            outcome.lines == ["status 4", "refs/heads/main", "refs/tags/v5.10.99", "fsck 0"],
            "\(outcome)"
        )
        #expect(
            outcome.errors.contains("Read-only file system") && outcome.errors.contains("check that"),
            "\(outcome)"
        )
    }

    @Test("render and a dry run need no disk")
    func readOnlyReading() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let script =
            "\"$1\" apply --variant cap-from --tree \"$2\" --dry-run && \"$1\" render --variant cap-from --tree \"$2\" | wc -l"
        let outcome = try await inNamespace(
            world,
            linux,
            "mount --bind \"$2\" \"$2\"; mount -o remount,ro,bind \"$2\"",
            script
        )
        expectSuccess(outcome)
    }

    /// Cells that there was no room for are asked again; what was finished stays, and the history takes all or nothing.
    @Test("a matrix on a full disk", arguments: [0, 60, 300])
    func fullMatrix(_ free: Int) async throws {
        let world = try World()
        let prepare = """
            mkdir m; mount -t tmpfs -o size=4m none m; export KPATCH_HOME=$PWD/m/state
            arguments="matrix --judge fake --profile fast --variant enc-op --variant cap-to"
            for n in $(seq 12); do arguments+=" --tree t$n"; done
            "$1" history matrices
            cat /dev/zero > m/fill 2>/dev/null || true
            truncate -s $(($(stat -c %s m/fill) - \(free) * 1024)) m/fill
            """
        let script = """
            "$1" $arguments --output m/out > first; echo "status $?"
            rm -r m/fill m/out
            "$1" $arguments --output m/out | tail -1; echo "status ${PIPESTATUS[0]}"
            "$1" history tests --tests fake.steady --format json | grep -c '"started"'
            ls m/out/cells | wc -l
            ls m/state/matrix/cells/tmp | wc -l
            """
        let outcome = try await inNamespace(world, world["linux"], prepare, script)
        // Twice "started": in the cell's points, and nowhere else but there.
        #expect(
            outcome.lines == ["status 4", "24 cells: 24 pass", "status 0", "24", "24", "0"],
            "\(outcome)"
        )
        #expect(
            outcome.errors.contains("No space left") || outcome.errors.contains("disk is full"),
            "\(outcome)"
        )
    }

    @Test("a page on a full disk leaves the old one, and nothing half")
    func fullPage() async throws {
        let world = try World()
        let prepare = """
            mkdir m; mount -t tmpfs -o size=1m none m; export KPATCH_HOME=$PWD/state
            "$1" matrix --judge fake --tree 5.10 --variant enc-op --profile fast --output out
            "$1" report out --html m/page
            cp -R m/page before
            cat /dev/zero > m/fill 2>/dev/null || true
            """
        let script = """
            "$1" report out --html m/page; echo "status $?"
            diff -r before m/page && ls -A m
            """
        let outcome = try await inNamespace(world, world["linux"], prepare, script)
        #expect(outcome.lines.suffix(3) == ["status 4", "fill", "page"], "\(outcome)")
        #expect(outcome.errors.contains("No space left"), "\(outcome)")
    }

    @Test("a report can't be written: render --output on a full disk")
    func fullOutput() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let prepare = "mkdir m; mount -t tmpfs -o size=64k none m; cat /dev/zero > m/fill 2>/dev/null || true"
        let outcome = try await inNamespace(
            world,
            linux,
            prepare,
            "\"$1\" render --variant cap-from --tree \"$2\" --output m/out\necho \"status $?\"; ls m; ls m/out 2>/dev/null; true"
        )
        #expect(outcome.lines.first == "status 4", "\(outcome)")
        #expect(!outcome.output.contains(".tmp"), "no half file stays: \(outcome)")
        #expect(outcome.errors.contains("m/out"), "\(outcome)")
        let full = try await world.shell("\"$1\" list > /dev/full", try World.program())
        expectRefusal(full, 4, "No space left")
    }
}

enum MountNamespace {
    /// Whether this process may mount in a namespace of its own.
    static var isAllowed: Bool {
        get async {
            guard let world = try? World() else { return false }
            return
                (try? await world.shell("mkdir m && unshare --mount mount -t tmpfs -o size=64k none m").status)
                == 0
        }
    }
}
