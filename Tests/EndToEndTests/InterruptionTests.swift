// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// Ctrl-C and SIGTERM end every verb, whatever it is doing, with the shell's status for the signal.
@Suite("interruption") struct InterruptionTests {
    /// Far above the second that docs/user-guide.md promises: a busy machine is no fault. What isn't interrupted takes
    /// longer, or for ever.
    private static let patience = 20

    /// Starts @ARGV, sends it $SIGNAL after $DELAY seconds, and prints its status, or `ended` and the status if it was
    /// over before. Perl, for bash's children ignore SIGINT, and a child must be known to live when the signal is sent.
    private static let script = #"""
        my ($log, $fakes) = @ENV{"CHILDREN", "FAKES"};
        defined(my $pid = fork) or die "fork: $!";
        if (!$pid) { $SIG{$_} = "DEFAULT" for "INT", "TERM", "HUP"; open STDOUT, ">/dev/null"; exec @ARGV or die "exec: $!" }
        # A child that is to live then is waited for: how long it takes to start is the machine's business.
        for (1 .. \#(patience) * 20) { last if !$fakes || -s $log || !-e "/proc/$pid/exe"; select undef, undef, undef, 0.05 }
        select undef, undef, undef, $ENV{DELAY};
        sub status { my $number = $? & 127; $number ? 128 + $number : $? >> 8 }
        kill "STOP", $pid;
        waitpid $pid, 2;  # WUNTRACED: stopped, else it is gone now
        if (!-e "/proc/$pid") { print "ended ", status(), "\n"; exit 0 }
        kill $ENV{SIGNAL}, $pid;
        kill "CONT", $pid;
        local $SIG{ALRM} = sub { kill "KILL", $pid };
        alarm \#(patience);
        1 while waitpid($pid, 0) != $pid;
        print "status ", status(), "\n";
        my @children = open(FILE, "<", $log) ? map { int } <FILE> : ();
        print "no child ran\n" if $fakes && !@children;
        # What was killed is gone when the system comes to it.
        for my $child (@children) {
            for (1 .. \#(patience) * 20) { last unless kill 0, $child; select undef, undef, undef, 0.05 }
            kill 0, $child and print "alive $child\n";
        }
        """#

    private func interrupt(
        _ world: World,
        _ arguments: [String],
        by signal: String,
        after delay: Double,
        environment: [String: String?] = [:]
    ) async throws -> Outcome {
        var environment = environment
        environment["SIGNAL"] = signal
        environment["DELAY"] = "\(delay)"
        environment["CHILDREN"] = world["children"].string
        return try await run(
            "perl",
            ["-e", Self.script, try World.program()] + arguments,
            in: world.root,
            environment: world.environment(environment)
        )
    }

    private static let numbers = ["INT": 2, "TERM": 15, "HUP": 1]

    /// Starts all of `verbs` at once and interrupts them; each has a world of its own.
    private func interruptAll(
        _ verbs: [[String]],
        after delay: Double,
        _ prepare: @escaping @Sendable (World) throws -> [String: String?]
    ) async throws -> [Outcome] {
        try await withThrowingTaskGroup { group in
            for verb in verbs {
                let signal = Self.numbers.keys.sorted()[verb.joined().count % 3]
                group.addTask {
                    let world = try World()
                    _ = try await world.kernel()
                    let environment = try prepare(world)
                    let outcome = try await interrupt(
                        world,
                        verb,
                        by: signal,
                        after: delay,
                        environment: environment
                    )
                    let number = try #require(Self.numbers[signal])
                    #expect(outcome.lines == ["status \(128 + number)"], "\(signal): \(outcome)")
                    #expect(outcome.errors.contains("kpatch-gen: interrupted"), "\(signal): \(outcome)")
                    return outcome
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Verbs that compute, at moments all over their run.
    @Test(
        "at any moment",
        arguments: [
            ["list"], ["list", "--review"], ["show", "--option", "owner"], ["facts"],
            ["render", "--variant", "enc-op"], ["range-diff", "v1", "enc-op"],
            ["apply", "--variant", "enc-op", "--force"], ["drift", "--to", "main"], ["survey"],
            ["combinations"], ["combinations", "--tree"], ["doctor"], ["trees"],
        ]
    )
    func anyMoment(_ verb: [String]) async throws {
        let world = try World()
        let linux = try await world.kernel()
        var arguments = verb
        switch verb.first {
        case "list", "show", "doctor", "trees": break
        case "combinations": arguments += verb.count > 1 ? [linux.string] : []
        default: arguments += ["--tree", linux.string]
        }
        let start = ContinuousClock.now
        let whole = try await world.kpatchGen(arguments)
        let time = Swift.min(4, (ContinuousClock.now - start) / .seconds(1))
        var interrupted = 0
        for (step, signal) in ["INT", "TERM", "INT", "TERM"].enumerated() {
            let delay = time * Double(step) / 5
            let outcome = try await interrupt(world, arguments, by: signal, after: delay)
            let number = try #require(Self.numbers[signal])
            // A signal that comes between the last word and the end of the process changes nothing.
            let ends = ["status \(128 + number)", "status \(whole.status)", "ended \(whole.status)"]
            #expect(
                ends.contains(outcome.lines.first ?? ""),
                "after \(delay) s of \(time) s: \(outcome)"
            )
            #expect(outcome.lines.count == 1, "\(outcome)")
            if outcome.lines.first == ends[0] { interrupted += 1 }
        }
        #expect(interrupted > 0)
        #expect(try await world.git("fsck", "--no-dangling", in: linux) == "")
        #expect(try await world.kpatchGen(arguments).status == whole.status)
    }

    @Test("while it reads a FIFO: git's own configuration is one")
    func fifo() async throws {
        let verbs = [
            ["facts"], ["render", "--variant", "enc-op"], ["apply", "--variant", "enc-op"],
            ["drift", "--to", "main"], ["survey"], ["combinations"], ["range-diff", "v1", "enc-op"],
            ["rebase", "--onto", "main"], ["build", "--variant", "enc-op"], ["test", "--variant", "enc-op"],
            ["boot", "--variant", "enc-op"], ["detect"],
        ]
        _ = try await interruptAll(verbs.map { $0 + ["--tree", "linux"] }, after: 2) { world in
            guard mkfifo(world["home/.gitconfig"].string, 0o600) == 0 else {
                throw SetupError("no FIFO can be made")
            }
            return [:]
        }
    }

    /// The children are fakes: real ones do that on bad days only.
    @Test("while a child neither ends nor listens")
    func stubbornChild() async throws {
        let verbs = [
            ["doctor"], ["trees", "import", "linux.tar"], ["trees", "fetch", "5.10"],
            ["range-diff", "v1", "enc-op", "--tree", "linux"],
            ["build", "--variant", "enc-op", "--tree", "linux"],
            ["test", "--bare", "--variant", "enc-op", "--tree", "linux"],
            ["boot", "--variant", "enc-op", "--tree", "linux"],
            ["combinations", "--compile", "--tree", "linux"],
        ]
        let fake = """
            #!/bin/sh
            trap '' INT TERM HUP
            echo $$ >>"$CHILDREN"
            while :; do sleep 1; done
            """
        _ = try await interruptAll(verbs, after: 0.2) { world in
            try write("", to: world["linux.tar"])
            for name in [
                "git", "make", "gcc", "apt-get", "apt-cache", "apt-config", "qemu-system-x86_64", "tar",
            ] {
                let path = world["bin/\(name)"]
                try write(fake, to: path)
                guard chmod(path.string, 0o755) == 0 else {
                    throw SetupError("can't make \(path) executable")
                }
            }
            return ["FAKES": "yes", "PATH": world["bin"].string + ":" + (world.environment()["PATH"] ?? "")]
        }
    }
}
