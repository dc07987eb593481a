// SPDX-License-Identifier: GPL-2.0-only

/// What became of each point of a review, from the same data as the patches and tests.
public struct ReviewTable: Sendable {
    public let review: Review
    /// Names of the variants, in the series' order.
    public let variants: [String]
    public let rows: [Row]

    /// How a variant stands to a point.
    public enum Standing: String, Sendable, CaseIterable {
        /// Every option that the point is tied to has a value that answers it.
        case taken
        /// Some of them have.
        case inPart = "in part"
        /// None has, and all are what was posted.
        case asPosted = "as posted"
        /// None has, but something is otherwise than it was posted.
        case notTaken = "not taken"
        /// No option that applies is tied to it.
        case notApplicable = "n/a"
    }

    public struct Row: Sendable {
        public let point: Review.Point
        /// Options that list it.
        public let options: [String]
        /// `program/subtest` of the guest tests that speak for it.
        public let tests: [String]
        /// In the order of the table's variants.
        public let standings: [Standing]
    }

    /// Throws `.series` if a variant breaks a rule, which `SeriesReader` has checked.
    public init(_ series: Series, _ review: Review, tests: GuestTests) throws(SeriesError) {
        var selections: [Selection] = []
        for variant in series.variants {
            selections.append(try Selection(variant: variant.name, settings: [], of: series))
        }
        let subtests = tests.programs.flatMap { program in
            program.points.sorted { $0.key < $1.key }.map { ("\(program.name)/\($0.key)", $0.value) }
        }
        self.review = review
        variants = series.variants.map(\.name)
        rows = review.points.map { point in
            Row(
                point: point,
                options: series.options.filter { $0.points.contains(point.name) }.map(\.name),
                tests: subtests.filter { $0.1.contains(point.name) }.map(\.0),
                standings: selections.map { series.standing(of: point.name, in: $0) }
            )
        }
    }
}

extension Series {
    /// How a selection stands to a point.
    public func standing(of point: String, in selection: Selection) -> ReviewTable.Standing {
        let tied = options.filter {
            $0.points.contains(point) && selection.notApplicable[$0.name] == nil
        }
        let answers = tied.map { option in
            option.values.contains {
                $0.name == selection.options[option.name] && $0.answers.contains(point)
            }
        }
        if answers.isEmpty { return .notApplicable }
        if answers.allSatisfy({ $0 }) { return .taken }
        if answers.contains(true) { return .inPart }
        let posted = variants.first { $0.name == self.posted }?.settings ?? [:]
        let isPosted = tied.allSatisfy { posted[$0.name] ?? $0.defaultValue == selection.options[$0.name] }
        return isPosted ? .asPosted : .notTaken
    }
}

extension Series.Rule {
    /// What it says, as `owner=file-ref requires direction=from`.
    public var statement: String {
        let demand =
            switch demand {
            case .requires(let matches): "requires " + Self.words(matches)
            case .excludes(let matches): "excludes " + Self.words(matches, joined: " or ")
            case .meaningless(let targets):
                "leaves no meaning to " + targets.map(\.option).joined(separator: ", ")
            }
        return "\(Self.words(premise)) \(demand)"
    }

    static func words(_ matches: [Match], joined separator: String = " and ") -> String {
        matches.map { "\($0.option)=\($0.values.joined(separator: "|"))" }.joined(separator: separator)
    }
}
