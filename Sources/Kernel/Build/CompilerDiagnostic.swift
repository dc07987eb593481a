// SPDX-License-Identifier: GPL-2.0-only

/// One complaint of the compiler, the linker or kbuild.
public struct CompilerDiagnostic: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable {
        case warning
        case error
    }

    public let kind: Kind
    /// Relative to the source folder where it lies in it; an object or target
    /// for complaints about those; nil if none is named.
    public let file: String?
    /// From 1.
    public let line: Int?
    /// From 1, in bytes as gcc counts.
    public let column: Int?
    /// Without the flag.
    public let message: String
    /// What switches it: `-Waddress`; nil if nothing does.
    public let flag: String?
    /// The lines around it that belong to it: where the file was included
    /// from, the function, the quoted source, notes.
    public internal(set) var context: [String]
    /// What was being made, below the build folder, as far as kbuild said: `arch/x86/kvm/svm/sev.o`, `vmlinux`.
    public internal(set) var target: String? = nil

    /// What stays the same when code moves: file, message and flag.
    struct Identity: Hashable {
        let file: String?
        let message: String
        let flag: String?
    }

    /// A header's complaint comes with every file that includes it.
    struct Place: Hashable {
        let identity: Identity
        let kind: Kind
        let line: Int?
        let column: Int?
    }

    var place: Place { Place(identity: identity, kind: kind, line: line, column: column) }

    var identity: Identity {
        // Promoted to an error it is still the same complaint.
        let prefix = "-Werror="
        let name = flag.map { $0.hasPrefix(prefix) ? "-W" + $0.dropFirst(prefix.count) : $0 }
        return Identity(file: file, message: message, flag: name)
    }
}

extension CompilerDiagnostic: CustomStringConvertible {
    /// As gcc writes it, on one line.
    public var description: String {
        let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self).joined(
            separator: ":"
        )
        let suffix = flag.map { " [\($0)]" } ?? ""
        return (place.isEmpty ? "" : place + ": ") + "\(kind.rawValue): \(message)\(suffix)"
    }
}

extension Sequence where Element == CompilerDiagnostic {
    /// Those that a baseline build of the unpatched tree did not have.
    ///
    /// Compared by file, message and flag: lines move. If the baseline has a
    /// complaint twice in a file, a third one is new. The same place named by
    /// several compilations (a header's) counts once.
    public func newWarnings(comparedTo baseline: some Sequence<CompilerDiagnostic>) -> [CompilerDiagnostic] {
        var allowed: [CompilerDiagnostic.Identity: Int] = [:]
        for known in baseline.oncePerPlace() where known.kind == .warning {
            allowed[known.identity, default: 0] += 1
        }
        return oncePerPlace().filter { warning in
            guard warning.kind == .warning else { return false }
            let left = allowed[warning.identity, default: 0]
            allowed[warning.identity] = left - 1
            return left <= 0
        }
    }

    func oncePerPlace() -> [CompilerDiagnostic] {
        var seen: Set<CompilerDiagnostic.Place> = []
        return filter { seen.insert($0.place).inserted }
    }
}
