// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Why a machine could not even be tried.
public enum MachineError: Blamed, Equatable {
    /// There is no such program.
    case emulatorMissing(String)
    /// What can't be the name of a host.
    case badHost(String)
    /// Another host can't be reached, or can no longer.
    case hostLost(String, reason: String)
    /// A host that can't do what it was asked for; what it lacks.
    case hostUnfit(String, [String])
    /// The operating system refused something that a machine needs.
    case system(doing: String, reason: String)

    /// But for a wrong name, neither the kernel nor the user can help it.
    public var fault: Fault {
        if case .badHost = self { .user } else { .infrastructure }
    }

    public var description: String {
        switch self {
        case .emulatorMissing(let name):
            "\(name) was not found: install QEMU (Debian: apt install \(Architecture.x86.emulatorPackage)), or name another emulator"
        case .badHost(let name):
            "'\(name.prefix(60))' can't be a host: give USER@HOST, HOST or a name of ssh_config"
        case .hostLost(let host, let reason):
            "\(host) can't be reached by ssh: \(reason)"
        case .hostUnfit(let host, let reasons):
            "\(host) can't run this:\n" + reasons.map { "  \($0)" }.joined(separator: "\n")
        case .system(let doing, let reason):
            "virtual machine: \(doing): \(reason)"
        }
    }
}
