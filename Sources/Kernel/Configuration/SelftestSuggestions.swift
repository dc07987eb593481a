// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage
import Yams

/// Which of the tree's own tests suit a series that has none, by what it edits (kernel-config/suggestions.yml).
public struct SelftestSuggestions: Sendable {
    /// Something that a series edits.
    public struct Edit: Sendable, Hashable {
        public let path: String
        /// What is named there: functions, structs, words of a statement.
        public let names: [String]

        public init(path: String, names: [String]) {
            self.path = path
            self.names = names
        }
    }

    /// Tests that were found for some edits.
    public struct Suggestion: Sendable, Hashable {
        /// Patterns below tools/testing/selftests.
        public let selftests: [String]
        /// Suites of KUnit.
        public let kunit: [String]
        /// The files that it was found for.
        public internal(set) var paths: [String]
    }

    private struct Row {
        let files: [String]
        /// Empty: whatever is named there.
        let names: [String]
        let selftests: [String]
        let kunit: [String]

        func fits(_ edit: Edit) -> Bool {
            files.contains { fnmatch($0, edit.path, 0) == 0 }
                && (names.isEmpty
                    || names.contains { name in edit.names.contains { fnmatch(name, $0, 0) == 0 } })
        }
    }

    private static let file = "suggestions.yml"
    private let rows: [Row]

    /// Reads the table of a kernel-config folder.
    public init(folder: FilePath) throws {
        try self.init(
            yaml: String(decoding: Files.read(folder.appending(Self.file), limit: 1 << 20), as: UTF8.self)
        )
    }

    public init(yaml: String) throws(ConfigTableError) {
        let table = try ConfigTable(yaml, file: Self.file)
        try table.check(table.root, has: ["suggestions"])
        guard let list = table.root["suggestions"]?.sequence else {
            throw table.failure(table.root, "'suggestions' must be a list")
        }
        var rows: [Row] = []
        for row in list {
            try table.check(row, has: ["files", "names", "selftests", "kunit"])
            func texts(_ key: String) throws(ConfigTableError) -> [String] {
                row[key] == nil ? [] : try table.texts(row, key, of: "a list of patterns")
            }
            let (selftests, kunit) = (try texts("selftests"), try texts("kunit"))
            guard !selftests.isEmpty || !kunit.isEmpty else {
                throw table.failure(row, "a row needs 'selftests' or 'kunit'")
            }
            rows.append(
                Row(
                    files: try table.texts(row, "files", of: "a list of patterns"),
                    names: try texts("names"),
                    selftests: selftests,
                    kunit: kunit
                )
            )
        }
        self.rows = rows
    }

    /// What is run of the tree's selftests begins with this; all else is only named.
    public static let runnable = "kvm/"

    /// The tests for some edits, in the order of the rows; each with the files that it was found for.
    ///
    /// - Parameter tests: those of the tree that can be run (`kvm/x86/state_test`): a row of which it has none is passed over.
    public func suggestions(for edits: [Edit], among tests: [String]) -> [Suggestion] {
        let rows = rows.map { row in
            let globs = row.selftests.filter { $0.hasPrefix(Self.runnable) }
            let isThere = globs.contains { glob in tests.contains { fnmatch(glob, $0, 0) == 0 } }
            return globs.isEmpty || isThere ? row : nil
        }
        var found: [Int: Suggestion] = [:]
        for edit in edits {
            guard let index = rows.firstIndex(where: { $0?.fits(edit) ?? false }), let row = rows[index]
            else {
                continue
            }
            var suggestion =
                found[index]
                ?? Suggestion(selftests: row.selftests, kunit: row.kunit, paths: [])
            if !suggestion.paths.contains(edit.path) { suggestion.paths.append(edit.path) }
            found[index] = suggestion
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }
}
