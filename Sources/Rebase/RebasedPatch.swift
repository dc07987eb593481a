// SPDX-License-Identifier: GPL-2.0-only

import Git

/// What became of a commit of the branch, or of a patch of the series.
package struct RebasedPatch {
    package enum Result: String, Encodable {
        /// As generated.
        case clean
        /// As generated, with what a person changed in it.
        case changed
        /// A person's own commit.
        case own
        /// The series did not have it when the branch was made.
        case new
        /// The new base, or the series, has all of it already.
        case merged = "already merged"
        /// A person settled its conflicts without it.
        case nothing = "nothing left"
        /// There is nothing of it for this selection.
        case empty
        /// A person took it out of the branch, and it stays out.
        case dropped
        /// It needs a person.
        case conflict
    }

    package let result: Result
    /// The patch's folder; nil for a person's own commit.
    package let folder: String?
    package let subject: String
    package let old: ObjectID?
    package let new: ObjectID?
    /// What was changed by hand: paths on the new base, and "message".
    package let carried: [String]
    /// Other patches that a person put into this one.
    package let squashed: [String]
}
