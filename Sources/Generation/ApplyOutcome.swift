// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git

/// What became of the branch.
package enum ApplyOutcome {
    case created
    case replaced(ObjectID)
    /// The branch has the same patches on the same base, in these commits; only dates would differ.
    case unchanged([ObjectID])
    case dryRun

    /// As JSON has it.
    package var name: String {
        switch self {
        case .created: "created"
        case .replaced: "replaced"
        case .unchanged: "unchanged"
        case .dryRun: "dry-run"
        }
    }
}
