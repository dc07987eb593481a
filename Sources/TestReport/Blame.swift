// SPDX-License-Identifier: GPL-2.0-only

import Base

extension [TestResult] {
    /// Makes what the kernel complained of while a test ran that test's own failure.
    ///
    /// Findings outside of tests stay where they are: they fail the run.
    public mutating func blame(_ findings: [RunReport.ConsoleFinding]) {
        for finding in findings where finding.verdict.isFailure {
            guard let name = culprit(of: finding), let index = firstIndex(where: { $0.name == name }) else {
                continue
            }
            let title = finding.title.onOneLine
            self[index].worsen(to: finding.verdict, because: "console: \(finding.kind): \(title)")
        }
    }

    /// The test that was running; for a hung task, the one whose process it is: that report comes seconds later.
    private func culprit(of finding: RunReport.ConsoleFinding) -> String? {
        guard let line = finding.lines.first, let rest = line[...].dropping(prefix: "INFO: task ") else {
            return finding.test
        }
        let command = rest.prefix { $0 != ":" && $0 != " " }
        // The kernel keeps 15 characters of a name (TASK_COMM_LEN).
        let owners = filter { $0.name.prefix(15) == command }
        return owners.count == 1 ? owners.first?.name : finding.test
    }
}
