// SPDX-License-Identifier: GPL-2.0-only

import Kernel

/// A kernel tree as the user named it, open at a base commit.
package struct OpenTree: ~Copyable {
    package var base: BaseCommit
    /// Name for state folders; unique per repository.
    package let name: String
    /// The tag of a local tree, nil for the user's own repository.
    package let tag: String?
    package let state: StateFolder

    package init(base: consuming BaseCommit, name: String, tag: String?, state: StateFolder) {
        self.base = base
        self.name = name
        self.tag = tag
        self.state = state
    }
}
