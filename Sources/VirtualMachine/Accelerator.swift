// SPDX-License-Identifier: GPL-2.0-only

/// What runs the guest's instructions.
public enum Accelerator: String, Sendable, CaseIterable {
    /// The host's own virtualisation. Useful here only where it offers nested SVM to the guest.
    case kvm
    /// QEMU's translator. Slow, everywhere the same, and it emulates SVM with nested paging.
    case tcg

    /// The `-cpu` model. TCG's `max` needs `la57=off`: with 5-level paging on, nested guests hang (measured).
    public var defaultCPUModel: String {
        switch self {
        case .kvm: "host"
        case .tcg: "max,la57=off"
        }
    }

    /// The value of `-accel`.
    var argument: String {
        switch self {
        case .kvm: "kvm"
        case .tcg: "tcg,thread=multi"
        }
    }
}
