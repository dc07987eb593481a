// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

/// Which accelerator to use, and why.
public struct AcceleratorChoice: Sendable, Equatable {
    public var accelerator: Accelerator
    /// For the user, e.g. "/dev/kvm opens, but a guest did not run within 2 s: using TCG".
    public var reason: String

    public init(accelerator: Accelerator, reason: String) {
        self.accelerator = accelerator
        self.reason = reason
    }
}

/// Finds out whether KVM runs nested guests, by running one: on many a machine /dev/kvm opens and guests hang, and there
/// are some that run 64-bit guests well and offer them no SVM.
struct AcceleratorProbe: Sendable {
    var kvmDevice: FilePath = "/dev/kvm"
    /// Where the host's kernel tells whether it lets guests use SVM: `1` or `Y`. Only explains a missing SVM.
    var nestedParameter: FilePath = "/sys/module/kvm_amd/parameters/nested"
    var emulator = Architecture.x86.emulator
    /// The `-cpu` model to try; nil: the accelerator's default, which is what a machine gets.
    var cpuModel: String?
    /// How long the guest may take. It needs some 0.1 s where KVM works.
    var limit: Duration = .seconds(2)
    /// What to run; a test breaks it.
    var firmware = ProbeFirmware.image

    /// What became of the firmware.
    enum Finding: Equatable {
        case answer(ProbeFirmware.Answer)
        /// `reason` goes on after "…, but ".
        case noAnswer(reason: String)
    }

    /// Runs the firmware under KVM if the device is there; returns within `limit` and a second.
    ///
    /// - Throws: `MachineError` if QEMU is missing, or a temporary file can't be made. That KVM does not work is a
    ///   choice, not an error.
    func choose() async throws(MachineError) -> AcceleratorChoice {
        do {
            try FileDescriptor.open(kvmDevice, .readWrite, options: .closeOnExec).close()
        } catch {
            return tcg("\(kvmDevice) can't be opened (\(error))")
        }
        return choice(after: try await find(under: .kvm))
    }

    /// Only a nested guest that ran will do.
    func choice(after finding: Finding) -> AcceleratorChoice {
        switch finding {
        case .answer(.nestedGuestRan):
            AcceleratorChoice(accelerator: .kvm, reason: "KVM runs guests and their nested guests: using KVM")
        case .answer(.noSVM):
            tcg("\(kvmDevice) opens, but its guests get no SVM\(whyNoSVM)")
        case .answer(.nestedGuestFailed):
            tcg("\(kvmDevice) opens, but a nested guest did not exit as it should")
        case .noAnswer(let reason):
            tcg("\(kvmDevice) opens, but \(reason)")
        }
    }

    private func tcg(_ reason: String) -> AcceleratorChoice {
        AcceleratorChoice(accelerator: .tcg, reason: reason + ": using TCG")
    }

    /// Runs the firmware. The machine has what machines have by default, but for size and speed.
    func find(under accelerator: Accelerator) async throws(MachineError) -> Finding {
        let image: FileDescriptor
        do {
            image = try Self.unnamedFile(firmware)
        } catch {
            throw .system(doing: "writing a firmware image to a temporary file", reason: error.description)
        }
        defer { MachineChannels.close([image]) }
        var configuration = ProbeFirmware.machine(
            image: FilePath(MachineChannels.path(of: image)),
            accelerator: accelerator
        )
        configuration.cpuModel = cpuModel
        configuration.limits.total = limit
        let outcome = try await LocalMachine(emulator: emulator).run(configuration)
        return Finding(outcome.ending)
    }

    /// A file that is gone as soon as its descriptor is closed.
    private static func unnamedFile(_ bytes: [UInt8]) throws(Errno) -> FileDescriptor {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array((folder + "/kpatch-gen-" + String(repeating: "X", count: 6)).utf8CString)
        let raw = mkstemp(&path)
        guard raw >= 0 else {
            throw Errno(rawValue: errno)
        }
        let file = FileDescriptor(rawValue: raw)
        unlink(path)
        do {
            try file.writeAll(bytes)
        } catch {
            MachineChannels.close([file])
            throw error as? Errno ?? .ioError
        }
        return file
    }

    /// What the host's kernel says about it, in parentheses; empty if it promises SVM.
    private var whyNoSVM: String {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(nestedParameter, .readOnly, options: .closeOnExec)
        } catch {
            return " (\(nestedParameter): \(error))"
        }
        defer { MachineChannels.close([file]) }
        var bytes = [UInt8](repeating: 0, count: 16)
        // What can't be read is shown as empty: this is a hint, the decision is made.
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
        let value = String(decoding: bytes.prefix(count).filter { $0 > 0x20 }, as: UTF8.self)
        return value == "1" || value == "Y" ? "" : " (\(nestedParameter) is \(value))"
    }
}

extension AcceleratorProbe.Finding {
    init(_ ending: MachineOutcome.Ending) {
        switch ending {
        case .debugExit(let value):
            self =
                ProbeFirmware.Answer(rawValue: value).map { .answer($0) }
                ?? .noAnswer(reason: "a guest gave an unknown answer (\(value))")
        case .timedOut(_, let limit):
            self = .noAnswer(reason: "a guest did not run within \(limit.inShortSeconds)")
        case .qemuFailed(let status, let standardError):
            // An assertion may fail after some warnings about the processor's features.
            let lines = standardError.split(separator: "\n")
            let said = (lines.first { !$0.contains("warning:") } ?? lines.first).map { ": \($0)" } ?? ""
            self = .noAnswer(reason: "QEMU could not run a guest (\(status)\(said))")
        case .poweredOff, .guestPanic, .reset, .interrupted:
            self = .noAnswer(reason: "a guest did not run (\(ending))")
        }
    }
}
