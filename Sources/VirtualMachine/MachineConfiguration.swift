// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage

/// What a virtual machine is made of. It has no network, no disk it could write to and no display.
public struct MachineConfiguration: Sendable {
    /// What the machine starts.
    public enum BootSource: Sendable, Equatable {
        /// A kernel with an optional initramfs, loaded by QEMU itself: a bzImage, or a vmlinux that has a PVH entry
        /// (CONFIG_PVH), which is there uncompressed already.
        case linux(kernel: FilePath, initrd: FilePath?, commandLine: String)
        /// A raw disk image, at most 2.88 MB, that the BIOS starts from its first sector; read-only.
        case diskImage(FilePath)
        /// A firmware image in place of the BIOS; its size is a multiple of 64 KiB.
        case firmware(FilePath)
    }

    /// The board.
    public enum MachineType: String, Sendable, CaseIterable {
        case pc
        case q35
    }

    public var bootSource: BootSource
    public var memoryMiB = 1024
    public var cpus = 2
    public var accelerator = Accelerator.tcg
    /// The `-cpu` model; nil: the accelerator's default.
    public var cpuModel: String?
    public var machineType = MachineType.q35
    /// Adds QEMU's isa-debug-exit device at port 0xf4: a byte N written to it ends the machine at once, see
    /// `MachineOutcome.Ending.debugExit`.
    public var debugExit = false
    /// qboot instead of SeaBIOS (`Qboot`), which does no more than start such a kernel; nil: the BIOS.
    public var qboot: FilePath?
    public var limits = MachineLimits()

    public init(bootSource: BootSource) {
        self.bootSource = bootSource
    }

    /// Whether it starts an uncompressed kernel.
    public var entersDirectly: Bool {
        if case .linux(let kernel, _, _) = bootSource {
            kernel.lastComponent?.string == "vmlinux"
        } else {
            false
        }
    }

    /// QEMU's arguments. QMP is on its standard input and output; the first serial port is the console, the second
    /// one the result channel.
    func arguments(consolePath: String, resultPath: String) -> [String] {
        arguments(channels: [
            "-chardev", "stdio,id=qmp,signal=off", "-mon", "chardev=qmp,mode=control",
            "-chardev", "file,id=console,path=\(Self.escaped(consolePath))", "-serial", "chardev:console",
            "-chardev", "file,id=results,path=\(Self.escaped(resultPath))", "-serial", "chardev:results",
        ])
    }

    /// QEMU's arguments for whoever starts it without this module, such as a script.
    ///
    /// - Parameter channels: where its two serial ports lead: console, results.
    public func arguments(channels: [String]) -> [String] {
        var arguments = [
            "-nodefaults", "-no-user-config", "-no-reboot",
            "-display", "none",
            "-nic", "none",
            "-machine", machineType.rawValue,
            "-accel", accelerator.argument,
            "-cpu", cpuModel ?? accelerator.defaultCPUModel,
            "-smp", String(cpus),
            "-m", "\(memoryMiB)M",
        ]
        arguments += channels
        if debugExit {
            arguments += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        }
        switch bootSource {
        case .linux(let kernel, let initrd, let commandLine):
            arguments += ["-kernel", kernel.string]
            if let initrd {
                arguments += ["-initrd", initrd.string]
            }
            arguments += ["-append", commandLine]
            if let qboot { arguments += ["-bios", qboot.string] }
        case .diskImage(let path):
            // A floppy drive: the only disk of these machines that may be read-only and of any size.
            let file = "file=\(Self.escaped(path.string)),format=raw,readonly=on"
            switch machineType {
            case .pc:
                arguments += ["-drive", "\(file),if=floppy"]
            case .q35:
                arguments += [
                    "-drive", "\(file),if=none,id=boot",
                    "-device", "isa-fdc,id=fdc", "-device", "floppy,bus=fdc.0,drive=boot",
                ]
            }
        case .firmware(let path):
            arguments += ["-bios", path.string]
        }
        return arguments
    }

    /// A value inside one of QEMU's comma separated options: a comma is written twice.
    private static func escaped(_ value: String) -> String {
        value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
    }
}

/// How long a machine may run and how much it may say.
public struct MachineLimits: Sendable, Equatable {
    /// From start to end.
    public var total: Duration = .seconds(600)
    /// Without a byte on the console or the result channel.
    public var silence: Duration = .seconds(120)
    /// After a panic, until the machine is stopped if it has not stopped itself: time for the trace to come out.
    public var afterPanic: Duration = .seconds(5)
    /// Bytes of the console that are kept, head and tail.
    public var consoleBytes = 4 << 20
    /// Bytes of the result channel that are taken; what comes after that is dropped and counted.
    public var resultBytes = 32 << 20
    /// A longer line, on either channel, is cut.
    public var lineBytes = 4096

    public init() {}
}
