// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Finds the fragments of a series: decisions/OPTION/VALUE/PATCH/path/of/kernel/file.
struct FragmentReader {
    let files: [String: [UInt8]]
    /// The series' folder as the user knows it.
    let root: String
    let options: [Series.Option]

    private static let folder = "decisions/"

    /// By patch, in the order of the options; all that is wrong with the folders' names at once.
    func fragments() throws(SeriesError) -> [String: [Series.Fragment]] {
        var found: [(order: Int, patch: String, fragment: Series.Fragment)] = []
        var problems: [Diagnostic] = []
        for path in files.keys.sorted() where path.hasPrefix(Self.folder) {
            let parts = path.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false).map(
                String.init
            )
            if parts.count == 3, parts[2] == "option.yml" { continue }
            // What templates of the decision share lies next to its values.
            if parts.count == 4, parts[2] == "shared" { continue }
            func complain(_ message: String, _ notes: [String]) {
                problems.append(Diagnostic(file: "\(root)/\(path)", line: 1, message: message, notes: notes))
            }
            guard let order = options.firstIndex(where: { $0.name == parts[1] }) else {
                complain("'\(parts[1])' is not an option", didYouMean(parts[1], options.map(\.name)))
                continue
            }
            let option = options[order]
            guard parts.count == 5 else {
                complain(
                    "this is no place for a file",
                    ["a fragment is at decisions/OPTION/VALUE/PATCH/path/of/kernel/file, or …/message.txt"]
                )
                continue
            }
            guard option.values.contains(where: { $0.name == parts[2] }) else {
                complain(
                    "'\(parts[2])' is not a value of \(option.name)",
                    didYouMean(parts[2], option.values.map(\.name))
                )
                continue
            }
            let template = Template(path: "\(root)/\(path)", bytes: files[path] ?? []) { name in
                files[name].map { Template.Included(path: "\(root)/\(name)", bytes: $0) }
            }
            found.append(
                (
                    order, parts[3],
                    Series.Fragment(option: option.name, value: parts[2], path: parts[4], template: template)
                )
            )
        }
        guard problems.isEmpty else { throw SeriesError(.series, problems) }
        let ordered = found.enumerated().sorted {
            ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }
        return Dictionary(grouping: ordered.map(\.element), by: \.patch).mapValues { $0.map(\.fragment) }
    }
}
