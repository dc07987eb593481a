// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Kernel
import PatchSeries
import SystemPackage

/// What the shell offers for an argument. The shell asks this program at every press of the key: nothing is checked and
/// nothing is written, and what can't be read has no candidates.
extension CompletionKind {
    /// The series in Templates.
    static var series: CompletionKind {
        .custom { _, _, _ in attempt { try ProjectFiles.locate().seriesNames } }
    }

    /// The variants of the chosen series.
    static var variants: CompletionKind { .ofSeries { series in series.variants.map(\.name) } }

    /// The options of the chosen series.
    static var options: CompletionKind { .ofSeries { series in series.options.map(\.name) } }

    /// `option=value`, all of them: the shell goes as far as those that fit have in common.
    static var settings: CompletionKind {
        .ofSeries { series in
            series.options.flatMap { option in option.values.map { "\(option.name)=\($0.name)" } }
        }
    }

    /// The points of the chosen series' review.
    static var points: CompletionKind {
        .custom { words, _, _ in
            attempt { try reader(words).review()?.points.map(\.name) ?? [] }
        }
    }

    /// The local trees, by series (5.10) and by tag, and folders.
    static var trees: CompletionKind {
        .custom { _, _, typed in
            attempt {
                let tags = try TreeArguments.localNames()
                let numbers = tags.compactMap { (try? KernelVersion($0))?.series }
                return Set(numbers).sorted() + tags
            } + folders(typed)
        }
    }

    /// The branches of the chosen tree that were generated.
    static var generatedBranches: CompletionKind {
        .ofTree { repository in try repository.generatedBranches() }
    }

    /// The branches and tags of the chosen tree.
    static var revisions: CompletionKind {
        .ofTree { repository in try repository.branchNames() + repository.tagNames() }
    }

    /// The variants of the chosen series, and the branches of the chosen tree.
    static var sides: CompletionKind {
        .custom { words, _, _ in
            attempt { try series(words).variants.map(\.name) }
                + attempt { try repository(words).generatedBranches() }
        }
    }

    /// The profiles of kernel-config/profiles.yml.
    static var profiles: CompletionKind {
        .custom { _, _, _ in
            attempt {
                let path = try ProjectFiles.locate().kernelConfig.appending("profiles.yml")
                return try Profiles(yaml: String(decoding: Files.read(path), as: UTF8.self)).all.map(\.name)
            }
        }
    }
}

extension CompletionKind {
    private static func ofSeries(
        _ names: @escaping @Sendable (Series) -> [String]
    ) -> CompletionKind {
        .custom { words, _, _ in attempt { names(try series(words)) } }
    }

    private static func ofTree(
        _ names: @escaping @Sendable (borrowing Repository) throws -> [String]
    ) -> CompletionKind {
        .custom { words, _, _ in attempt { try names(repository(words)) } }
    }

    private static func attempt(_ names: () throws -> [String]) -> [String] { (try? names()) ?? [] }

    private static func series(_ words: [String]) throws -> Series { try reader(words).readUnchecked() }

    private static func reader(_ words: [String]) throws -> SeriesReader {
        let name = value(of: "--series", in: words) ?? SeriesArguments.preset
        let read = try SeriesArguments.files(name)
        return SeriesReader(files: read.files, root: read.project.displayRoot(name))
    }

    private static func repository(_ words: [String]) throws -> Repository {
        let tree = value(of: "--tree", in: words) ?? "."
        if Files.isFolder(FilePath(tree)) { return try Repository.open(at: tree) }
        return try Repository.open(at: StateFolder(environment: ProcessEnvironment.variables).trees.string)
    }

    /// The value of an option that was typed already.
    private static func value(of option: String, in words: [String]) -> String? {
        for (word, next) in zip(words, words.dropFirst()) where word == option { return next }
        return words.first { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
    }

    /// The folders that a path so far can become.
    private static func folders(_ typed: String) -> [String] {
        let folder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
        let names = attempt { try Files.names(in: FilePath(folder.isEmpty ? "." : folder)) }
        return names.map { folder + $0 }.filter { Files.isFolder(FilePath($0)) }
    }
}
