// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Merging
import PatchSeries

extension Repository {
    /// The most names that are looked for, and the most files that each may be in.
    private static let lostNameLimit = 8
    private static let neighbourLimit = 500

    /// Where names of C are that have left their file: in its folder, or in those that it may have been split into (`svm.c`
    /// into `svm/`). Each as a line of advice; none for a name that is in none of them.
    func places(of lost: [LostName], in tree: ObjectID) throws(GitError) -> [String] {
        var seen: Set<LostName> = []
        let asked = lost.filter { seen.insert($0).inserted }.prefix(Self.lostNameLimit)
        var places: [LostName: [String]] = [:]
        for left in Set(asked.map(\.file)) {
            for path in try neighbours(of: left, in: tree).prefix(Self.neighbourLimit) {
                guard let bytes = try blob(at: path, inTree: tree, limit: Self.fileLimit)?.bytes else {
                    continue
                }
                let names = asked.filter { $0.file == left && bytes.mention($0.name) }
                guard !names.isEmpty, let file = try? BaseFile(path: path, bytes: bytes) else { continue }
                for name in names {
                    guard let line = file.line(defining: name.name) else { continue }
                    places[name, default: []].append("\(path):\(line)")
                }
            }
        }
        return asked.compactMap { name in
            places[name].map { "\(name.name) isn't in \(name.file), but in \($0.joined(separator: ", "))" }
        }
    }

    /// The files that code of a C file goes to, if it goes: where `carry` looks for it.
    private func neighbours(of file: String, in tree: ObjectID) throws(GitError) -> [String] {
        let parent = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
        var paths: [String] = []
        for folder in [parent] + TreeMerge.folders(for: file) {
            if !folder.isEmpty {
                guard let entry = try entry(at: folder, inTree: tree), entry.mode == .folder else { continue }
            }
            for entry in try entries(ofFolder: folder, inTree: tree) ?? [] where entry.mode == .regular {
                paths.append(folder.isEmpty ? entry.name : "\(folder)/\(entry.name)")
            }
        }
        return paths.filter { TreeMerge.mayHold($0, of: file) }
    }
}

extension [UInt8] {
    fileprivate func mention(_ name: String) -> Bool {
        let name = Array(name.utf8)
        guard let first = name.first else { return false }
        return withUnsafeBufferPointer { bytes in
            bytes.indices.dropLast(name.count - 1).contains { start in
                bytes[start] == first && bytes[start..<start + name.count].elementsEqual(name)
            }
        }
    }
}
