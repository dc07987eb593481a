// SPDX-License-Identifier: GPL-2.0-only

import Base

extension GitError: Blamed {
    /// Who has to act.
    public var fault: Fault {
        switch kind {
        case .invalidBranchName, .missingIdentity, .badDate, .unmailable: .user
        case .diskFull, .io, .readOnly, .other: .infrastructure
        case .notARepository, .denied, .unsupportedRepository, .ownerMismatch, .revisionNotFound,
            .ambiguousRevision, .objectMissing, .objectCorrupt, .pathNotFound, .branchCheckedOut, .tooLarge:
            .tree
        }
    }
}
