// SPDX-License-Identifier: GPL-2.0-only

import Judging
import Testing

@testable import KPatchCommands

/// The line of progress.
@Suite struct LiveLineTests {
    private func line(_ progress: WorkProgress, after seconds: Int, width: Int?) -> String {
        let piece = LiveLine.Piece(title: "build", start: .now, progress: progress)
        return LiveLine.line(piece, cell: "5.10 debug", elapsed: .seconds(seconds), width: width)
    }

    @Test func onATerminal() {
        let progress = WorkProgress(done: 690, total: 1380, detail: "CC arch/x86/kvm/svm/sev.o")
        #expect(
            line(progress, after: 83, width: 200)
                == "5.10 debug: build [##########..........] 690 of 1380  1:23, about 1:23 left  CC arch/x86/kvm/svm/sev.o"
        )
        for width in 1...100 { #expect(line(progress, after: 83, width: width).count <= width) }
        #expect(line(progress, after: 83, width: 90).hasSuffix("svm/sev.o"))
    }

    @Test func theEstimateIsNotCutOff() {
        let progress = WorkProgress(done: 690, total: 1380, detail: "CC arch/x86/kvm/svm/sev.o")
        #expect(
            line(progress, after: 83, width: 70)
                == "5.10 debug: build [#####.....] 690 of 1380  1:23, about 1:23 left"
        )
        #expect(
            line(progress, after: 83, width: 60) == "5.10 debug: build [#####.....] 690/1380  1:23, 1:23 left"
        )
        #expect(line(progress, after: 83, width: 50) == "5.10 debug: build 690/1380  1:23, 1:23 left")
    }

    @Test func elsewhere() {
        let progress = WorkProgress(done: 3, total: 47, detail: "CC a.o", expected: .seconds(100))
        #expect(
            line(progress, after: 5, width: nil) == "5.10 debug: build 3 of 47  0:05, about 1:35 left  CC a.o"
        )
        #expect(line(WorkProgress(detail: "x"), after: 4000, width: nil) == "5.10 debug: build  1:06:40  x")
        // Longer than ever: nobody knows.
        #expect(line(WorkProgress(expected: .seconds(3)), after: 4, width: nil) == "5.10 debug: build  0:04")
    }
}
