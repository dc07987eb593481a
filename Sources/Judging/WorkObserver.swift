// SPDX-License-Identifier: GPL-2.0-only

/// Whom long work tells what it does. What of that is shown, and how, is the observer's business.
package protocol WorkObserver: Sendable {
    /// Something the user should know.
    func note(_ text: String)
    /// What will be done, and how long that takes here, before it begins.
    func announce(_ text: String)
    /// How far a piece of work is; called as often as there is something to say.
    func progress(_ title: String, _ detail: String)
    /// The same where it can be counted.
    func progress(_ title: String, _ progress: WorkProgress)
    /// A piece of work has ended.
    func end(_ title: String)
}

/// How far a piece of work is.
package struct WorkProgress: Sendable, Equatable {
    /// Objects, files, tests.
    package var done: Int
    /// Of how many; nil if nobody knows.
    package var total: Int?
    /// What it is at.
    package var detail: String
    /// How long the piece took the last time; nil if nobody knows.
    package var expected: Duration?

    package init(done: Int = 0, total: Int? = nil, detail: String = "", expected: Duration? = nil) {
        self.done = done
        self.total = total
        self.detail = detail
        self.expected = expected
    }

    /// `12 of 47 arch/x86/kvm/svm/sev.o`
    package var text: String {
        let count = total.map { "\(done) of \($0)" } ?? (done > 0 ? "\(done)" : "")
        return [count, detail].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension WorkObserver {
    package func announce(_ text: String) {}
    package func progress(_ title: String, _ progress: WorkProgress) { self.progress(title, progress.text) }
}
