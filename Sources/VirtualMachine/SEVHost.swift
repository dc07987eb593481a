// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// The kernel of a host with SEV, on which the guest's tests are run themselves: SEV has no nesting, so no virtual machine on
/// such a host has it, and the kernel to be judged has to be the one that the host runs.
///
/// The host is asked before anything is built, and once more, for its kernel, before tests run. Programs run below a folder of
/// its /tmp (chroot), in a mount namespace of their own, as root.
public struct SEVHost: Machine {
    public let shell: HostShell
    /// Where the host's /sys, /dev and /proc are; a test has others.
    public var root = ""

    /// - Parameter host: nil: this host.
    /// - Throws: `MachineError` for what can't be a name.
    public init(host: String?) throws(MachineError) { shell = try HostShell(host: host) }

    /// Asks the host what it can do.
    ///
    /// - Returns: what it is, for people: "Linux 6.12.9, SEV and SEV-ES".
    /// - Throws: `MachineError`: `hostUnfit` with all that is missing.
    public func inspect() async throws(MachineError) -> String {
        let parameters = "\(root)/sys/module/kvm_amd/parameters"
        let answer = try await shell.ask(
            """
            echo "release=$(uname -r)"; echo "user=$(id -u)"
            for p in sev sev_es; do echo "$p=$(cat \(parameters)/$p 2>/dev/null || echo missing)"; done
            for f in kvm sev; do if [ -r \(root)/dev/$f ] && [ -w \(root)/dev/$f ]; then echo "$f-device=yes"; fi; done
            for c in chroot unshare mount timeout; do command -v $c >/dev/null || echo "lacks=$c"; done
            command -v cpio >/dev/null || echo lacks=cpio
            dmesg --help 2>&1 | grep -q -e --follow-new || echo "lacks=dmesg that knows --follow-new"
            """
        )
        var facts: [Substring: Substring] = [:]
        var lacks: [Substring] = []
        for line in answer.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...]
            if line[..<equals] == "lacks" { lacks.append(value) } else { facts[line[..<equals]] = value }
        }
        func isOn(_ name: Substring) -> Bool { facts[name] == "Y" || facts[name] == "1" }
        var missing: [String] = []
        if facts["user"] != "0" {
            missing.append("the tests need root there: user id \(facts["user"] ?? "unknown")")
        }
        switch facts["sev"] {
        case "missing"?, nil:
            missing.append("there is no \(parameters)/sev: KVM for AMD is not loaded, or has no SEV")
        case let value? where !isOn("sev"):
            missing.append(
                "\(parameters)/sev is \(value): switch SEV on in the firmware, load kvm_amd with sev=1"
            )
        default: break
        }
        if facts["kvm-device"] == nil { missing.append("\(root)/dev/kvm can't be opened") }
        if facts["sev-device"] == nil {
            missing.append(
                "\(root)/dev/sev can't be opened: the secure processor's driver (ccp) is not there"
            )
        }
        if !lacks.isEmpty { missing.append("it has no \(lacks.joined(separator: ", "))") }
        guard missing.isEmpty else { throw .hostUnfit(shell.name, missing) }
        return "Linux \(facts["release"] ?? "?"), " + (isOn("sev_es") ? "SEV and SEV-ES" : "SEV")
    }

    public func emulatorVersion() async throws(MachineError) -> String { "" }

    public func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
        AcceleratorChoice(accelerator: .kvm, reason: "\(shell.name) itself: \(try await inspect())")
    }

    public func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        guard case .linux(let kernel, let initrd?, _) = configuration.bootSource else {
            throw .system(doing: "testing on \(shell.name)", reason: "there are no tests")
        }
        try await requireKernel(kernel)
        let folder = try await shell.send([(initrd, "tests.cpio")])
        return try await HostSession.run(shell, Self.command(folder), limits: configuration.limits, onEvent)
    }

    /// Compares the build id of the kernel that runs there with the one that was built: release and version are the same for
    /// all variants.
    private func requireKernel(_ kernel: FilePath) async throws(MachineError) {
        let ids: Set<String>
        do {
            let image = kernel.removingLastComponent().appending("vmlinux")
            let file =
                Files.exists(image) ? image : kernel.removingLastComponent().appending("../../../vmlinux")
            ids = Self.buildIDs(in: try Files.read(file, limit: 1 << 30))
        } catch {
            throw .system(doing: "reading the kernel's build id", reason: String(describing: error))
        }
        let notes = try await shell.ask("od -An -v -tx1 \(root)/sys/kernel/notes").split(
            whereSeparator: \.isWhitespace
        )
        let running = Self.buildIDs(in: notes.compactMap { UInt8($0, radix: 16) })
        guard !running.isDisjoint(with: ids) else {
            throw .hostUnfit(
                shell.name,
                [
                    "it runs another kernel than the one that was built (build id "
                        + "\(running.sorted().first ?? "none")): install \(kernel) there, boot it, and run this again"
                ]
            )
        }
    }

    /// The GNU build ids among ELF notes anywhere in these bytes, in hexadecimal.
    static func buildIDs(in bytes: [UInt8]) -> Set<String> {
        // Sizes of name and description, type NT_GNU_BUILD_ID, "GNU".
        let head: [UInt8] = [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0]
        var ids: Set<String> = []
        var place = bytes.startIndex
        while let found = bytes[place...].firstIndex(of: head[0]) {
            let end = found + head.count + 20
            guard end <= bytes.endIndex else { break }
            if bytes[found..<(found + head.count)].elementsEqual(head) {
                let digits = bytes[(found + head.count)..<end].map { byte in
                    (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
                ids.insert(digits.joined())
            }
            place = found + 1
        }
        return ids
    }

    /// What Templates/guest/init.c does in a guest: runs the plan's tests one by one and says so, marks in the kernel's log
    /// included, which comes on standard error from now on.
    static func command(_ folder: String) -> String {
        """
        d=\(folder); q= l= w=
        # Each test has a process group of its own (timeout), but all are of one session.
        end() {
            kill $l $w 2>/dev/null
            [ -z "$q" ] || for f in /proc/[0-9]*/stat /proc/[0-9]*/stat; do
                [ "$(sed 's/.*) //' "$f" | cut -d ' ' -f 4)" = $q ] || continue
                p=${f#/proc/}; kill -s KILL "${p%/stat}"
            done 2>/dev/null
            rm -rf "$d"
        }
        trap end EXIT; trap 'exit 143' HUP INT TERM
        exec 3<&0 </dev/null
        cat >"$d/run.sh" <<'SCRIPT'
        cd "$1" || exit
        cpio -idmu --quiet --no-absolute-filenames <tests.cpio || exit
        for f in dev proc sys; do mount --rbind /$f "$1/$f" || exit; done
        chmod 1777 tmp
        mark() { echo "<4>kpatch: $*" >/dev/kmsg; }
        echo "KTAP version 1"; echo "1..$(grep -c . tests/plan)"
        number=0
        while read -r name seconds words; do
            [ -n "$name" ] || continue
            number=$((number + 1))
            mark "start $name"; echo "# kpatch: start $name"
            status=0
            timeout -k 3 "$seconds" chroot "$1" $words >"$1/output" 2>&1 </dev/null || status=$?
            head -c 1048576 "$1/output" | tr -d '\\r' | sed -E '/^ *(KTAP|TAP) version |^ *1\\.\\.[0-9]+|^ *(not )?ok |^ *#/!s/^/# /; s/^/  /'
            case $status in
            0) echo "ok $number $name" ;;
            4) echo "ok $number $name # SKIP $(tail -n 1 "$1/output")" ;;
            124 | 137) echo "not ok $number $name # TIMEOUT $seconds s" ;;
            *) if [ $status -gt 128 ]; then echo "not ok $number $name # signal $((status - 128))"
               else echo "not ok $number $name # exit status $status"; fi ;;
            esac
            mark "end $name"
        done <tests/plan
        sleep 1
        mark end; echo "# kpatch: end"
        SCRIPT
        dmesg --follow-new >&2 2>/dev/null 3<&- & l=$!
        setsid unshare --mount --propagation private sh "$d/run.sh" "$d" 3<&- & q=$!
        { while read -r _ <&3; do :; done; kill -s TERM $$; } & w=$!
        s=0; wait $q || s=$?; q=; exit $s
        """
    }
}
