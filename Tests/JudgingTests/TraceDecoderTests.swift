// SPDX-License-Identifier: GPL-2.0-only

import Kernel
import Testing

@testable import Judging

/// Which lines of a trace name a place.
@Suite struct TraceDecoderTests {
    @Test(arguments: [
        ("[   12.345678]  sev_unbind_asid+0x1b/0x60", "sev_unbind_asid", 0x1b, 0x60, true),
        (
            "[   12.345678][   T88] RIP: 0010:svm_unregister.isra.0+0x7f/0x23d", "svm_unregister.isra.0",
            0x7f, 0x23d, false
        ),
        (" [<ffffffff81000000>] kvm_vm_ioctl+0x2f4/0xb80", "kvm_vm_ioctl", 0x2f4, 0xb80, true),
        ("BUG: KASAN: use-after-free in sev_x+0x1/0x2 [kvm_amd]", "sev_x", 1, 2, true),
        ("WARNING: arch/x86/kvm/svm/sev.c:12 at f+0x0/0x10, CPU#1: mirror/88", "f", 0, 16, false),
    ])
    func places(line: String, function: String, offset: Int, size: Int, isReturn: Bool) {
        let place = CodePlace(function: function, offset: offset, size: size, isReturn: isReturn)
        #expect(CodePlace(traceLine: line) == place)
    }

    @Test(arguments: [
        "[   12.345678]  ? sev_unbind_asid+0x1b/0x60", "Code: 48 89 e5", "RIP: 0010:0xffffffffc0204000",
        "+0x1/0x2",
        "x+0x/0x", "x+0x12", "x+0x9/0x2", "x+0xfffffffffffffffff/0x2", "",
    ])
    func others(line: String) {
        #expect(CodePlace(traceLine: line) == nil)
    }
}
