// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Merging
import Rebase

extension CarryReport {
    var lines: [String] {
        var lines: [String] = []
        for commit in run.commits {
            lines.append(commit.line)
            lines += commit.notes.compactMap(\.shown)
            lines += commit.warnings.map { "    warning: \($0.path):\($0.line): \($0.text)".onOneLine }
            lines += commit.conflicts.flatMap(\.lines)
        }
        let counts = ["clean", "adapted", "partly-there", "already-there", "conflict"].compactMap { name in
            let count = run.commits.count { $0.result.rawValue == name }
            return count > 0 ? "\(count) \(name)" : nil
        }
        let total = counts.isEmpty ? "no commits" : counts.joined(separator: ", ")
        switch outcome {
        case .created, .replaced:
            lines.append(
                "\(branch ?? ""): \(outcome.rawValue) on \(toName), \(run.tip?.abbreviated ?? "") (\(total))"
            )
        case .unchanged: lines.append("\(branch ?? ""): unchanged, it holds this already (\(total))")
        case .shown:
            lines.append("\(source) on \(toName): \(total); nothing written (--branch makes a branch)")
        case .conflict: lines.append("\(source) on \(toName): \(total)")
        }
        return lines
    }
}

extension CarriedCommit {
    /// One line for people, as `rebase` has it.
    fileprivate var line: String {
        let id = new?.abbreviated ?? String(repeating: "-", count: 12)
        let padding = String(repeating: " ", count: max(0, 14 - result.rawValue.count))
        return "\(id) \(result.rawValue)\(padding) \(subject.onOneLine)"
    }
}

extension MergeNote {
    /// Nil for what is as it was.
    fileprivate var shown: String? {
        guard reasons != [.unchanged] else { return nil }
        var place = "\(path):\(line)"
        if let found = self.place, found.path != path || found.line != line {
            place += found.path == path ? " -> :\(found.line)" : " -> \(found.path):\(found.line)"
        }
        return "    \(place.onOneLine): \(reasons.map(\.text).joined(separator: "; "))"
    }
}

extension MergeReason {
    var text: String {
        switch self {
        case .unchanged: "between the same lines"
        case .neighbourChanged: "a line next to it was changed"
        case .beforeFollower: "in front of what it stood in front of"
        case .behindPredecessor: "behind what it stood behind; what followed is gone"
        case .gapFilled: "lines were put between its neighbours"
        case .sorted: "in its place in a sorted list"
        case .atEnd: "at the end of the file, as before"
        case .exported: "behind the definition that it exports"
        case .words: "other words of the same lines were changed"
        case .deletedAsChanged: "deleted with what was changed in it"
        case .alreadyThere: "there already"
        case .goneUpstream: "what it changes is gone"
        case .fileGone: "the file is gone, and what it held is nowhere else"
        case .unitMoved: "the code that it is in was moved"
        case .unitRenamed: "the code that it is in was renamed"
        case .otherFile(let path): "the code that it is in went to \(path.onOneLine)"
        case .fileRenamed(let path): "the file is \(path.onOneLine) now"
        }
    }
}

extension MergeConflict {
    fileprivate var lines: [String] {
        let place = "\(path):\(line)\(unit.map { " (\($0))" } ?? "")".onOneLine
        var lines = ["    conflict: \(place): \(reason.onOneLine)"]
        lines += Self.shown("patch", ancestor, "-") + Self.shown("patch", theirs, "+")
        for candidate in candidates {
            lines.append(
                "        new tree \(candidate.path):\(candidate.line)\(candidate.unit.map { " (\($0))" } ?? "")"
                    .onOneLine
            )
        }
        return lines + Self.shown("new tree", ours, " ")
    }

    /// Some lines of one side.
    private static func shown(_ side: String, _ bytes: [UInt8], _ sign: String) -> [String] {
        guard !bytes.isEmpty else { return [] }
        let all = String(decoding: bytes, as: UTF8.self).lines
        let lines = all.last?.isEmpty == true ? all.dropLast() : all[...]
        let shown = lines.prefix(8).map { "        \(sign)\($0.replacing("\t", with: "        "))".onOneLine }
        return lines.count > 8
            ? shown + ["        \(sign)… \(lines.count - 8) more lines of the \(side)"] : Array(shown)
    }
}
