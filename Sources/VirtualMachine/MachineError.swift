// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Why a machine could not even be tried.
public enum MachineError: Blamed, Equatable {
    /// There is no such program.
    case emulatorMissing(String)
    /// The operating system refused something that a machine needs.
    case system(doing: String, reason: String)

    /// Neither the kernel nor the user can help it.
    public var fault: Fault { .infrastructure }

    public var description: String {
        switch self {
        case .emulatorMissing(let name):
            "\(name) was not found: install QEMU (Debian: apt install \(Architecture.x86.emulatorPackage)), or name another emulator"
        case .system(let doing, let reason):
            "virtual machine: \(doing): \(reason)"
        }
    }
}
