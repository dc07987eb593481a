// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A patch series as its folder in Templates/ holds it: series.yml and the
/// template files it names. Nothing here depends on a kernel tree.
public struct Series: Sendable {
    public let name: String
    public let title: String
    public let purpose: Purpose
    public let author: Identity
    public let options: [Option]
    public let variants: [Variant]
    /// The variant that is everything as posted; nil if the series has none.
    public let posted: String?
    /// What ties the revisions of the series together, as b4 does; nil if none was mailed.
    public let changeID: String?
    /// What was mailed so far of this lineage, oldest first.
    public let revisions: [Revision]
    /// What others mailed of it before, oldest first: no revision of this lineage.
    public let history: [Ancestor]
    /// Words of summaries and the names that stand for what they are called in a selection.
    public let words: [(word: String, name: String, position: SourcePosition)]
    public let conditions: [DerivedCondition]
    public let rules: [Rule]
    public let facts: [Fact]
    public let names: [Name]
    public let patches: [Patch]
    public let quirks: [Quirk]
    /// What a tree may have of the series already; nil if nothing of it was merged.
    public let upstream: Upstream?
    /// The oldest release that takes the series; nil if nobody knows.
    public let oldest: Oldest?
    /// Where series.yml is, as the user knows it; for messages.
    public let manifestPath: String
    /// Which option's fragments are placed on what another's have left.
    public let precedence: Precedence

    /// What a series may be used for.
    public enum Purpose: String, Sendable, CaseIterable {
        /// It is meant for a mailing list.
        case mail
        /// It only serves tests and is never mailed.
        case test
    }

    /// A person and the moment they wrote something.
    public struct Identity: Sendable, Equatable {
        public let name: String
        public let email: String
        /// Seconds since 1970, UTC.
        public let date: Int64
        /// Minutes east of UTC of their clock.
        public var offsetMinutes = 0
    }

    /// A named decision with a closed set of values.
    public struct Option: Sendable {
        public let name: String
        public let summary: String
        /// Review points it answers (R…, L…).
        public let points: [String]
        public let values: [Value]
        /// Where its values make a difference; nil: in every tree.
        public let place: Condition?
        public let defaultValue: String
        /// The options on whose fragments this one's are placed.
        public let after: [String]
        public let position: SourcePosition

        public struct Value: Sendable {
            public let name: String
            /// What the patch does with it: an imperative sentence without a full stop.
            public let summary: String
            /// Review points that it settles.
            public let answers: [String]
            /// The symptom, if it puts a defect (back) in.
            public let defect: String?
            /// Why no test can see the defect; nil if one must, or if there is none.
            public let unseen: String?
            public let position: SourcePosition
        }
    }

    /// A revision that was mailed.
    public struct Revision: Sendable, Equatable {
        public let number: Int
        public let variant: String
        /// Without angle brackets.
        public let messageID: String
    }

    /// What somebody mailed of the series before this lineage began.
    public struct Ancestor: Sendable, Equatable {
        /// What it is called, e.g. `RFC v1`.
        public let name: String
        /// The variant that is it; nil if none is.
        public let variant: String?
        /// Without angle brackets; nil if only a commit is known.
        public let messageID: String?
        /// What became of it; nil for nothing.
        public let note: String?
    }

    /// A condition made of others.
    public struct DerivedCondition: Sendable, Equatable {
        public let name: String
        public let condition: Condition
        public let position: SourcePosition
    }

    /// A named set of option values.
    public struct Variant: Sendable {
        public let name: String
        public let summary: String
        public let settings: [String: String]
        /// What to do on a tree that has the feature, unless the user says otherwise.
        public let onUpstream: OnUpstream
        public let position: SourcePosition
    }

    /// What to do on a tree that has the feature already.
    public enum OnUpstream: String, Sendable, CaseIterable {
        /// Say so and write nothing.
        case refuse
        /// Add a second way to the same core.
        case alongside
    }

    /// Where the series begins to make sense.
    public struct Oldest: Sendable {
        public let release: KernelVersion
        /// What an older tree lacks.
        public let file: String
        /// Why; for messages.
        public let reason: String
    }

    /// The series as the kernel took it.
    public struct Upstream: Sendable {
        /// Over facts: holds in a tree that has it.
        public let place: Condition
        /// The release that had it first; for messages.
        public let since: String
        /// What it is called there; for messages.
        public let name: String
        public let link: String
        /// What ties the revisions together of what is placed alongside it; nil: what ties those of the series.
        public let changeID: String?
        /// The values that such a tree has given to options.
        public let decided: [Decided]
        /// What can't be placed alongside it, and why.
        public let refusals: [(condition: Condition, reason: String)]
        public let position: SourcePosition

        /// A value that such a tree has given to an option.
        public struct Decided: Sendable {
            public let option: String
            public let value: String
            /// Over facts: which of these trees; nil for those that no row of the option in front of it is for.
            public let place: Condition?
            public let position: SourcePosition
        }

        /// The values by their options, in a tree of which these conditions over facts hold.
        func decided(_ truths: [String: Bool]) -> [String: String] {
            var values: [String: String] = [:]
            for row in decided
            where values[row.option] == nil && row.place?.holds({ truths[$0] ?? false }) ?? true {
                values[row.option] = row.value
            }
            return values
        }
    }

    /// What holds between the values of different options, and why.
    public struct Rule: Sendable {
        public let name: String
        /// When it speaks: every one of these holds.
        public let premise: [Match]
        public let demand: Demand
        public let points: [String]
        public let reason: String
        public let position: SourcePosition

        /// Every option it mentions.
        public var options: [String] {
            let others =
                switch demand {
                case .requires(let matches), .excludes(let matches): matches.map(\.option)
                case .meaningless(let targets): targets.map(\.option)
                }
            return premise.map(\.option) + others
        }

        /// An option with one of some values.
        public struct Match: Sendable, Equatable {
            public let option: String
            public let values: [String]
            public let position: SourcePosition
        }

        /// What follows where the premise holds.
        public enum Demand: Sendable, Equatable {
            /// Every one of these holds.
            case requires([Match])
            /// None of these holds.
            case excludes([Match])
            /// These options don't apply: they count as their defaults, and nobody may set them.
            case meaningless([Target])
        }

        /// An option as a rule names it.
        public struct Target: Sendable, Equatable {
            public let option: String
            public let position: SourcePosition
        }
    }

    /// An identifier of the templates and what it stands for.
    public struct Name: Sendable {
        public let name: String
        public let cases: [(condition: Condition?, value: String)]
        public let position: SourcePosition
    }

    /// A question to the tree whose answer templates use.
    public struct Fact: Sendable {
        /// As the user names it, `--set NAME=…` for those that can be pinned.
        public let name: String
        /// The identifier in templates: a condition if it is upper case, else a value.
        public let identifier: String
        public let summary: String
        /// The files to look in; the first one that answers counts.
        public let files: [String]
        /// Files that a number is looked for in besides, so that none is given twice.
        public let also: [String]
        public let question: Question
        public let position: SourcePosition

        public enum Question: Sendable, Equatable {
            case nextMacro(prefix: String)
            case nextEnumerator(enumeration: String, before: [String])
            case nextSection(chapter: String)
            case exists
            /// The line that reads so; with functions, in the first of these that the file has.
            case line(String, in: [String])
            case member(of: String, name: String)
            /// With a value: a macro that stands for this number.
            case declares(String, value: UInt64?)
            /// Whether the number of that fact is one more than the last, as an enumerator's without a value would be.
            case follows(String)
        }

        /// Whether it is a truth value.
        public var isCondition: Bool {
            switch question {
            case .nextMacro, .nextEnumerator, .nextSection: false
            case .exists, .member, .declares, .line, .follows: true
            }
        }
    }

    /// One patch of the series.
    public struct Patch: Sendable {
        public let folder: String
        public let condition: Condition?
        /// The folder of the patch whose place it takes on other trees; nil if it is another one's nowhere.
        public let insteadOf: String?
        public let message: Template
        /// The whole message of the patch as posted, if it has one of its own.
        public let postedMessage: Template?
        /// Who wrote it as posted; nil for the author of the series.
        public let author: Identity?
        /// The mail it was posted in, without angle brackets; nil if nobody noted it.
        public let messageID: String?
        /// Template files by the path of the kernel file they edit.
        public let files: [(path: String, template: Template)]
        /// What templates can't say of files, in the order of series.yml.
        public let rows: [FileRow]
        /// What values of options make of its files and its message, in the order of the options.
        public let fragments: [Fragment]
        public let position: SourcePosition

        /// Every template of it.
        var templates: [Template] {
            [message] + [postedMessage].compactMap { $0 } + files.map(\.template) + fragments.map(\.template)
        }
    }

    /// What a patch does to a file that no template can say.
    public struct FileRow: Sendable {
        /// Of the kernel file.
        public let path: String
        public let content: Content
        /// What is at the path before, by git's id of it; nil where nothing is, or nobody cares.
        public let was: String?
        /// What kind of file it becomes; nil for the kind it is.
        public let mode: Mode?
        public let position: SourcePosition

        public enum Content: Sendable {
            /// What a template makes of it, or what it is.
            case template
            /// The bytes of the series' file, without names and conditions.
            case whole([UInt8])
            /// What the file at this path was, with what a template makes of it.
            case renamed(from: String)
            case removed
        }

        /// The kinds of files that git knows.
        public enum Mode: String, Sendable, CaseIterable {
            case regular, executable, symlink
        }

        /// Whether the file is taken away.
        var isRemoval: Bool { if case .removed = content { true } else { false } }
    }

    /// What one value of an option makes of one file of a patch: a template that is placed on the file as the patch
    /// leaves it.
    public struct Fragment: Sendable {
        public let option: String
        public let value: String
        /// Of the kernel file; `Fragment.message` for the commit message.
        public let path: String
        public let template: Template

        static let message = "message.txt"

        /// What has to hold for it to count.
        var condition: String { Series.conditionName(option, value) }
        var setting: Setting { Setting(option, value) }
    }

    /// Something that is different in some trees, as data.
    public struct Quirk: Sendable {
        public let name: String
        /// Over facts: the trees that it is for; nil for all.
        public let place: Condition?
        public let effect: Effect
        public let why: String
        public let link: String
        public let position: SourcePosition

        public enum Effect: Sendable, Equatable {
            /// A file has another path there; one that ends in `/` stands for all below that folder.
            case path(from: String, to: String)
            /// A function, struct or member has another name there.
            case symbol(from: String, to: String)
            /// The user should know; shown when `condition` holds for the selection, unless the fact is pinned.
            case note(Condition?, unlessPinned: String?)
        }
    }
}
