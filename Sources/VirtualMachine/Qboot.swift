// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A firmware that starts a kernel by its PVH entry at once: nothing is probed, no boot menu, no option ROM. QEMU brings it
/// since 5.0; some distributions leave it out.
public enum Qboot {
    /// Where QEMUs have it.
    public static let places: [FilePath] = [
        "/usr/share/qemu/qboot.rom", "/usr/local/share/qemu/qboot.rom", "/usr/share/qboot/bios.bin",
    ]

    /// The one of this host; nil if there is none.
    public static func find() -> FilePath? { places.first { Files.exists($0) } }
}
