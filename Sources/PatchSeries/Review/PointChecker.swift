// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What must hold between the points of a review and what is tied to them.
struct PointChecker {
    let series: Series
    let review: Review
    let tests: GuestTests

    func check() throws(SeriesError) {
        let problems = options() + rules() + programs() + untied()
        guard problems.isEmpty else { throw SeriesError(.series, problems) }
    }

    private func options() -> [Diagnostic] {
        series.options.flatMap { option -> [Diagnostic] in
            let strays = option.values.flatMap { value in
                value.answers.filter { !option.points.contains($0) }.map { point in
                    problem(
                        value.position,
                        "\(Setting(option.name, value.name)) answers \(point), which \(option.name) doesn't list",
                        ["add it to the option's points"]
                    )
                }
            }
            let unanswered = option.points.filter { point in
                !option.values.contains { $0.answers.contains(point) }
            }.map { point in
                problem(
                    option.position,
                    "no value of \(option.name) answers \(point), which it lists",
                    ["give it to the value that settles it, or take it from the option's points"]
                )
            }
            return unknown(option.points, option.position) + strays + unanswered
        }
    }

    private func rules() -> [Diagnostic] {
        series.rules.flatMap { unknown($0.points, $0.position) }
    }

    private func programs() -> [Diagnostic] {
        tests.programs.flatMap { program in
            unknown(
                program.points.sorted { $0.key < $1.key }.flatMap(\.value),
                SourcePosition(tests.path, line: program.line)
            )
        }
    }

    private func untied() -> [Diagnostic] {
        let tied = Set(
            series.options.flatMap(\.points) + tests.programs.flatMap { $0.points.values.joined() }
        )
        return review.points.filter { !tied.contains($0.name) && $0.reason == nil }.map { point in
            Diagnostic(
                file: review.path,
                line: point.line,
                message: "no option and no test is tied to \(point.name)",
                notes: ["list it at one in series.yml or tests/tests.yml, or say why not with 'reason'"]
            )
        }
    }

    private func unknown(_ points: [String], _ position: SourcePosition) -> [Diagnostic] {
        var seen: Set<String> = []
        return points.filter { review.point($0) == nil && seen.insert($0).inserted }.map { point in
            Diagnostic(
                at: position,
                message: "'\(point)' is not a point of \(review.path)",
                notes: didYouMean(point, review.points.map(\.name))
            )
        }
    }

    private func problem(_ position: SourcePosition, _ message: String, _ notes: [String]) -> Diagnostic {
        Diagnostic(at: position, message: message, notes: notes)
    }
}
