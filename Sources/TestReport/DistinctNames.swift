// SPDX-License-Identifier: GPL-2.0-only

/// Gives each name once. A history, a browser and a database keep a test by its name, and what has another's would hide it.
struct DistinctNames {
    private var taken: Set<String> = []
    private var numbers: [String: Int] = [:]
    /// What a further one is called.
    private let written: (_ name: String, _ number: Int) -> String

    /// - Parameter written: by default `name (2)`.
    init(written: @escaping (_ name: String, _ number: Int) -> String = { "\($0) (\($1))" }) {
        self.written = written
    }

    /// The name itself, or with the first number that makes it one that wasn't given yet.
    mutating func take(_ name: String) -> String {
        var (own, number) = (name, numbers[name] ?? 1)
        while !taken.insert(own).inserted {
            number += 1
            own = written(name, number)
        }
        numbers[name] = number
        return own
    }
}
