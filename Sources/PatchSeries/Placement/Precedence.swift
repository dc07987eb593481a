// SPDX-License-Identifier: GPL-2.0-only

extension Series {
    /// Which option's fragments are placed on what another's have left: `after` in series.yml, and what follows from it.
    public struct Precedence: Sendable {
        /// By option: all that come before it.
        private let earlier: [String: Set<String>]

        init(_ options: [Option]) {
            var earlier = Dictionary(
                options.filter { !$0.after.isEmpty }.map { ($0.name, Set($0.after)) },
                uniquingKeysWith: { first, _ in first }
            )
            var isGrowing = true
            while isGrowing {
                isGrowing = false
                for (option, known) in earlier {
                    let all = known.reduce(known) { $0.union(earlier[$1] ?? []) }
                    guard all.count > known.count else { continue }
                    earlier[option] = all
                    isGrowing = true
                }
            }
            self.earlier = earlier
        }

        func isBefore(_ first: String, _ second: String) -> Bool {
            earlier[second]?.contains(first) ?? false
        }

        /// The options that come before themselves.
        var circle: [String] { earlier.filter { $0.value.contains($0.key) }.keys.sorted() }

        /// What can be placed at once, one after the other.
        func stages(_ fragments: [Fragment]) -> [[Fragment]] {
            var rest = fragments
            var result: [[Fragment]] = []
            while !rest.isEmpty {
                let next = rest.filter { fragment in
                    !rest.contains { isBefore($0.option, fragment.option) }
                }
                // A circle, which the checks of the series refuse.
                guard !next.isEmpty else { return result + [rest] }
                result.append(next)
                rest.removeAll { fragment in next.contains { $0.template.path == fragment.template.path } }
            }
            return result
        }
    }
}
