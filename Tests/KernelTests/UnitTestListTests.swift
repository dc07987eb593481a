// SPDX-License-Identifier: GPL-2.0-only

import Base
import Testing

@testable import Kernel

@Suite struct UnitTestListTests {
    private static let list = """
        ##############################################################################
        # unittest configuration

        [x2apic]
        file = apic.flat
        smp = 2
        qemu_params = -cpu qemu64,+x2apic,+tsc-deadline
        arch = x86_64
        timeout = 30
        groups = apic

        [svm]
        file = svm.flat
        smp = 2
        test_args = "-pause_filter_test -svm_unsupported_instruction_intercept_test"
        qemu_params = -cpu max,+svm -m 4g
        arch = x86_64
        groups = svm nested
        check = /sys/module/kvm_amd/parameters/nested=1

        [long]
        file = long.flat
        extra_params = \"\"\"-cpu max
        -append 'one two'\"\"\"

        [small]
        file = small.flat
        arch = i386

        [never]
        file = never.flat
        groups = nodefault

        [many]
        file = many.flat
        smp = $MAX_SMP
        """

    @Test func testsAreReadWithAllThatTheyNeed() throws {
        let tests = try UnitTestList.read(Self.list, path: "unittests.cfg")
        #expect(tests.map(\.name) == ["x2apic", "svm", "long"])
        let svm = tests[1]
        #expect(svm.file == "svm.flat" && svm.processors == 2 && svm.groups == ["svm", "nested"])
        #expect(svm.emulatorArguments == ["-cpu", "max,+svm", "-m", "4g"])
        #expect(svm.programArguments == "-pause_filter_test -svm_unsupported_instruction_intercept_test")
        #expect(svm.checks == [.init(path: "/sys/module/kvm_amd/parameters/nested", content: "1")])
        #expect(tests[0].timeout == 30 && svm.timeout == nil)
        #expect(tests[2].emulatorArguments == ["-cpu", "max", "-append", "one two"])
    }

    @Test(arguments: [
        ("file = a.flat", "unittests.cfg:1:"), ("[a]\nfile", "unittests.cfg:2:"),
        ("[a b]\nfile = a.flat", "[a b]"), ("[a]\nfile = ../../sh", "[a]"), ("[a]", "[a]"),
        ("[a]\nfile = a.flat\nsmp = many", "'smp' is 'many'"),
        ("[a]\nfile = a.flat\nqemu_params = \"\"\"-m 1g", "has no end"),
    ]) func aListThatIsWrongIsRefused(text: String, message: String) {
        let error = #expect(throws: Failure.self) { try UnitTestList.read(text, path: "unittests.cfg") }
        #expect(error?.fault == .user && error?.description.contains(message) == true)
    }
}
