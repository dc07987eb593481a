// SPDX-License-Identifier: GPL-2.0-only

/// Whom long work tells what it does. What of that is shown, and how, is the observer's business.
package protocol WorkObserver: Sendable {
    /// Something the user should know.
    func note(_ text: String)
    /// How far a piece of work is; called as often as there is something to say.
    func progress(_ title: String, _ detail: String)
    /// A piece of work has ended.
    func end(_ title: String)
}
