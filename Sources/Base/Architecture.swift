// SPDX-License-Identifier: GPL-2.0-only

/// What is particular to a processor architecture in kernel trees, builds and virtual machines.
///
/// The tool does x86-64 alone so far; whoever brings another adds a value here.
public struct Architecture: Sendable, Hashable {
    /// What `ARCH=` says to kbuild.
    public let kbuildName: String
    /// Its folder in the source.
    public let sourceFolder: String
    /// kbuild's target for the kernel that a boot loader or QEMU loads.
    public let imageTarget: String
    /// What that target makes, below the build folder.
    public let imagePath: String
    /// The uncompressed kernel that is made on the way, and the symbol of the configuration that lets QEMU start it.
    public let directImagePath: String
    public let directEntrySymbol: String
    /// The symbol that makes that entry useless: its code runs before KASAN's shadow memory is there, and is instrumented all
    /// the same (arch/x86/platform/pvh/enlighten.c; 5.10 ends in a triple fault).
    public let directEntryObstacle: String
    /// The folder whose Makefile makes KVM, with the objects of virt/kvm, and an object that is there afterwards.
    public let kvmFolder: String
    public let kvmObject: String
    /// Below tools/testing/selftests/kvm: where its tests lie; the name has changed with time.
    public let selftestFolders: [String]
    /// The QEMU that emulates it, and the Debian package that has it.
    public let emulator: String
    public let emulatorPackage: String

    public static let x86 = Architecture(
        kbuildName: "x86_64",
        sourceFolder: "arch/x86",
        imageTarget: "bzImage",
        imagePath: "arch/x86/boot/bzImage",
        directImagePath: "vmlinux",
        directEntrySymbol: "CONFIG_PVH",
        directEntryObstacle: "CONFIG_KASAN",
        kvmFolder: "arch/x86/kvm/",
        kvmObject: "arch/x86/kvm/svm/svm.o",
        // 7.x says x86, the others x86_64.
        selftestFolders: ["x86_64", "x86"],
        emulator: "qemu-system-x86_64",
        emulatorPackage: "qemu-system-x86"
    )
}
