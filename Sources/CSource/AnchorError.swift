// SPDX-License-Identifier: GPL-2.0-only

/// A place in a kernel file that a message can point at.
public struct Candidate: Sendable, Equatable, CustomStringConvertible {
    /// 1-based.
    public let line: Int
    public let text: String

    public var description: String { "\(line): \(text)" }
}

/// An anchor that doesn't name exactly one place.
public enum AnchorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nothing matches `what`; the candidates are what looks most like it.
    case notFound(what: String, candidates: [Candidate])
    /// More than one place matches `what`.
    case ambiguous(what: String, candidates: [Candidate])
    /// The place exists, but a line edit there would cut other code.
    case unusable(what: String, why: String, at: Candidate)

    public var candidates: [Candidate] {
        switch self {
        case .notFound(_, let candidates), .ambiguous(_, let candidates): candidates
        case .unusable(_, _, let candidate): [candidate]
        }
    }

    public var description: String { message(in: nil) }

    /// What is wrong, naming the file that was searched.
    public func message(in file: String?) -> String {
        let place = file.map { " in \($0)" } ?? ""
        return switch self {
        case .notFound(let what, _): "\(what): not found\(place)"
        case .ambiguous(let what, let candidates): "\(what): found \(candidates.count) times\(place)"
        case .unusable(let what, let why, _): "\(what)\(place): \(why)"
        }
    }
}

/// How many candidates a message lists.
let candidateLimit = 5

/// The names nearest to `name` by edit distance, best first; only those that
/// share enough with it to be worth reading.
public func nearest<Value>(to name: String, among values: [Value], by key: (Value) -> String) -> [Value] {
    let wanted = Array(name.lowercased().utf8)
    let scored = values.enumerated().map {
        (
            order: $0.offset, value: $0.element,
            distance: editDistance(wanted, Array(key($0.element).lowercased().utf8))
        )
    }
    return
        scored
        .filter { $0.distance <= max(3, wanted.count * 2 / 5) }
        .sorted { ($0.distance, $0.order) < ($1.distance, $1.order) }
        .prefix(candidateLimit)
        .map(\.value)
}

/// Levenshtein distance.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
