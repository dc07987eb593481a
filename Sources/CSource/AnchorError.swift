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
