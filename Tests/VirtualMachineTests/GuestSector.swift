// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage

@testable import VirtualMachine

/// A guest of 512 bytes: real mode code that the BIOS loads to 0x7c00 and starts.
struct GuestSector {
    enum Step {
        /// Writes text to the port's data register, waiting for the transmitter each time.
        case print(port: UInt16, String)
        /// Writes text over and over, as fast as the machine goes.
        case flood(port: UInt16, String)
        /// Ends QEMU through isa-debug-exit.
        case debugExit(UInt8)
        /// ACPI S5: SeaBIOS puts the power management ports at 0x600, PM1a_CNT is the one at 4.
        case powerOff
        case tripleFault
        case hang
    }

    static let console: UInt16 = 0x3f8
    static let results: UInt16 = 0x2f8

    private static let origin = 0x7c00

    static func assemble(_ steps: [Step]) -> [UInt8] {
        var code: [UInt8] = [
            0xfa,  //             cli
            0x31, 0xc0,  //       xor ax, ax
            0x8e, 0xd8,  //       mov ds, ax
            0xfc,  //             cld
        ]
        var texts: [(address: Int, text: [UInt8])] = []
        func loadText(_ text: String) {
            code += [0xbe, 0, 0]  // mov si, text: filled in below
            texts.append((code.count - 2, Array(text.utf8) + [0]))
        }
        for step in steps {
            switch step {
            case .print(let port, let text):
                loadText(text)
                code += [0xba] + port.littleEndianBytes  //  mov dx, port
                code += printLoop
            case .flood(let port, let text):
                let start = code.count
                loadText(text)
                code += [0xba] + port.littleEndianBytes
                code += printLoop
                code += [0xeb, UInt8(bitPattern: Int8(start - (code.count + 2)))]  // jmp start
            case .debugExit(let value):
                code += [0xba, 0xf4, 0x00, 0xb0, value, 0xee]  // mov dx, 0xf4; mov al, value; out dx, al
            case .powerOff:
                // mov dx, 0x604; mov ax, 0x2000 (SLP_EN, type 0); out dx, ax
                code += [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef]
            case .tripleFault:
                // lidt of six zero bytes near the sector's end; int3
                code += [0x0f, 0x01, 0x1e] + UInt16(origin + 504).littleEndianBytes + [0xcc]
            case .hang:
                break
            }
        }
        code += [0xf4, 0xeb, 0xfd]  // hlt; jmp back to it
        for (address, text) in texts {
            let bytes = UInt16(origin + code.count).littleEndianBytes
            code.replaceSubrange(address..<(address + 2), with: bytes)
            code += text
        }
        precondition(code.count <= 504, "the guest does not fit into its sector")
        return code + [UInt8](repeating: 0, count: 510 - code.count) + [0x55, 0xaa]
    }

    private static let printLoop: [UInt8] = [
        0xac,  //             next: lodsb
        0x84, 0xc0,  //       test al, al
        0x74, 0x12,  //       jz done
        0x88, 0xc4,  //       mov ah, al
        0x83, 0xc2, 0x05,  // add dx, 5       line status register
        0xec,  //             wait: in al, dx
        0xa8, 0x20,  //       test al, 0x20   transmitter holding register empty
        0x74, 0xfb,  //       jz wait
        0x83, 0xea, 0x05,  // sub dx, 5
        0x88, 0xe0,  //       mov al, ah
        0xee,  //             out dx, al
        0xeb, 0xe9,  //       jmp next
    ]  //                     done:
}

extension UInt16 {
    fileprivate var littleEndianBytes: [UInt8] { [UInt8(self & 0xff), UInt8(self >> 8)] }
}

/// A folder for one test, removed when the test is done.
func withTemporaryFolder<Result>(_ body: (FilePath) async throws -> Result) async throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("kpatch-gen-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(FilePath(url.path))
}

extension GuestSector {
    static func configuration(_ steps: [Step], in folder: FilePath) throws -> MachineConfiguration {
        let image = folder.appending("guest.img")
        try Data(assemble(steps)).write(to: URL(fileURLWithPath: image.string))
        var configuration = MachineConfiguration(bootSource: .diskImage(image))
        configuration.memoryMiB = 32
        configuration.cpus = 1
        configuration.debugExit = true
        configuration.limits.total = .seconds(30)
        configuration.limits.silence = .seconds(30)
        return configuration
    }
}
