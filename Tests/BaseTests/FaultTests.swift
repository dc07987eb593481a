// SPDX-License-Identifier: GPL-2.0-only

import Base
import Testing

@Suite struct FaultTests {
    private struct Sample: Blamed {
        let fault = Fault.tree
        let description = "nothing fits"
    }

    @Test func anErrorKeepsItsFaultBehindAnExistential() {
        let error: any Error = Sample()
        #expect((error as? any Blamed)?.fault == .tree)
    }
}
