// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Kernel
import SystemPackage

/// A patch as a text that somebody sent or kept.
package struct TextPatch: Sendable {
    /// Where it was read, for messages.
    let name: String
    let mail: ReadMail
    /// Without angle brackets.
    let messageID: String?
    /// Folders in front of its paths.
    let strip: Int
}

/// What the user named to be imported, read as far as that goes without a tree.
package struct ReadSource: Sendable {
    package enum Content: Sendable {
        /// `A..B`, as the user wrote it.
        case range(from: String, to: String)
        case patches([TextPatch])
    }

    package let content: Content
    /// Subject, empty line and text of the letter in front of the patches; nil if there is none.
    package fileprivate(set) var cover: String?
    package fileprivate(set) var coverID: String?
    package fileprivate(set) var revision = 1
    package fileprivate(set) var changeID: String?
    /// The commit that the mails say they are made on; nil if they don't.
    package fileprivate(set) var baseCommit: String?
    /// What the user should know.
    package fileprivate(set) var notes: [String] = []

    /// The mails that it is made of, without angle brackets.
    var messageIDs: Set<String> {
        guard case .patches(let patches) = content else { return [] }
        return Set(patches.compactMap(\.messageID) + [coverID].compactMap { $0 })
    }

    /// Reads mails, patch files or a quilt folder; a range is only taken apart.
    ///
    /// - Parameter temporary: a folder for what git writes.
    package static func read(_ names: [String], temporary: FilePath) async throws -> ReadSource {
        let reader = try SourceReader(temporary)
        if names.count == 1, let name = names.first {
            let path = FilePath(name)
            if Files.isFolder(path) { return try await reader.folder(path) }
            // No commit's name begins so.
            let isPath = ["/", "./", "../"].contains(where: name.hasPrefix) || name.contains("/../")
            if !isPath, !Files.exists(path), let dots = name.firstRange(of: "..") {
                let (from, to) = (String(name[..<dots.lowerBound]), String(name[dots.upperBound...]))
                guard !from.isEmpty, !to.hasPrefix(".") else {
                    throw ImportError(.source, "'\(name)' is no range: write BASE..TIP")
                }
                return ReadSource(content: .range(from: from, to: to.isEmpty ? "HEAD" : to))
            }
        }
        return try await reader.files(names.map { (FilePath($0), 1) }, isQuilt: false)
    }
}

/// Reads the files of a source.
private struct SourceReader: ~Copyable {
    private let scratch: ScratchFolder

    init(_ temporary: FilePath) throws {
        scratch = try ScratchFolder(in: temporary, prefix: "import")
    }

    /// A quilt folder (`series` lists the patches), or the patch files of a folder in the order of their names.
    func folder(_ path: FilePath) async throws -> ReadSource {
        let list = [path.appending("series"), path.appending("patches/series")].first(where: Files.exists)
        guard let list else {
            let names = try Files.names(in: path).filter { $0.hasSuffix(".patch") || $0.hasSuffix(".eml") }
                .sorted()
            guard !names.isEmpty else {
                throw ImportError(
                    .source,
                    "\(path) has neither a file 'series', as quilt keeps, nor files that end in .patch"
                )
            }
            return try await files(names.map { (path.appending($0), 1) }, isQuilt: false)
        }
        let below = list.removingLastComponent()
        var patches: [(FilePath, Int)] = []
        for (number, line) in String(decoding: try Files.read(list, limit: 1 << 20), as: UTF8.self).lines
            .enumerated()
        {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let name = words.first else { continue }
            let isOutside = name.hasPrefix("/") || name.split(separator: "/").contains("..")
            guard !isOutside,
                words.dropFirst().allSatisfy({ $0.hasPrefix("-p") && Int($0.dropFirst(2)) != nil })
            else {
                throw ImportError(
                    .source,
                    "\(list):\(number + 1): '\(line.trimmed)' is no patch below that folder"
                )
            }
            patches.append(
                (below.appending(name), words.dropFirst().first.flatMap { Int($0.dropFirst(2)) } ?? 1)
            )
        }
        guard !patches.isEmpty else { throw ImportError(.source, "\(list) lists no patch") }
        return try await files(patches, isQuilt: true)
    }

    func files(_ paths: [(path: FilePath, strip: Int)], isQuilt: Bool) async throws -> ReadSource {
        guard paths.count <= ImportLimit.patches else { throw Self.tooMany(paths.count) }
        var found: [Found] = []
        for (path, strip) in paths {
            let mails = try RawMail.split(Files.readSource(path), name: path.string)
            guard let first = mails.first else { throw ImportError(.source, "\(path) is empty") }
            guard first.isMail else {
                found.append(.init(patch: bare(first, path, strip), brackets: SubjectBrackets("")))
                continue
            }
            // Git reads each of them, which takes a while.
            let patches = mails.count { mail in
                let brackets = SubjectBrackets(mail.headers["subject"] ?? "")
                return brackets.isPatch && !brackets.isReply
            }
            guard patches <= ImportLimit.patches else { throw Self.tooMany(patches) }
            for mail in mails {
                if let one = try await read(mail, path, strip, isAlone: paths.count > 1, isQuilt: isQuilt) {
                    found.append(one)
                }
                try Task.checkCancellation()
            }
        }
        let name = paths.map(\.path.string).joined(separator: " ")
        return isQuilt ? try queue(found) : try chosen(found, name)
    }

    /// All patches of a queue in the order of its list: what their subjects count is that of some mail.
    private func queue(_ found: [Found]) throws(ImportError) -> ReadSource {
        let letter = found.first.flatMap { first in
            first.brackets.number == 0 && first.patch.mail.patch.isEmpty ? first : nil
        }
        let patches = letter == nil ? found : Array(found.dropFirst())
        if let empty = patches.first(where: \.patch.mail.patch.isEmpty) {
            throw ImportError(
                .source,
                "\(empty.patch.name): there is no patch in it\ntake it out of 'series'"
            )
        }
        return try source(patches, letter, revision: found.map(\.brackets.revision).max() ?? 1)
    }

    private static func tooMany(_ count: Int) -> ImportError {
        ImportError(
            .source,
            "\(count) patches, and \(ImportLimit.patches) are the most that a series takes here\nimport them in parts, each on the result of the one before"
        )
    }

    /// What a mail holds.
    private struct Found {
        let patch: TextPatch
        let brackets: SubjectBrackets
        var trailers: [String: String] = [:]
    }

    /// - Parameters:
    ///   - isAlone: whether the file holds nothing but a patch, so that its subject needs no brackets.
    ///   - isQuilt: whether a list says that it is a patch, whatever its subject.
    private func read(_ mail: RawMail, _ path: FilePath, _ strip: Int, isAlone: Bool, isQuilt: Bool)
        async throws -> Found?
    {
        let brackets = SubjectBrackets(mail.headers["subject"] ?? "")
        guard isQuilt || !brackets.isReply else { return nil }
        let place = "\(path):\(mail.line)"
        let read = try await GitMailReader.read(mail, in: scratch.path, name: place)
        // An encoded subject shows its brackets only when it is decoded; a cover letter says that it is one.
        let shown =
            try await mail.headers["subject"]?.contains("=?") ?? false
            ? SubjectBrackets(GitMailReader.subject(mail, in: scratch.path, name: place)) : brackets
        let isOne = (!read.patch.isEmpty || shown.number == 0 || isAlone) && !shown.isReply
        guard isQuilt || isOne else { return nil }
        let patch = TextPatch(name: place, mail: read, messageID: mail.messageID, strip: strip)
        return Found(patch: patch, brackets: shown, trailers: Self.trailers(mail.bytes))
    }

    /// `base-commit:` and `change-id:`, wherever in the mail.
    private static func trailers(_ bytes: ArraySlice<UInt8>) -> [String: String] {
        var result: [String: String] = [:]
        for key in ["base-commit", "change-id"] {
            guard let range = bytes.firstRange(of: Array("\n\(key): ".utf8)) else { continue }
            let line = bytes[range.upperBound...].prefix { $0 != 0x0a }.prefix(200)
            result[key] = String(String(decoding: line, as: UTF8.self).trimmed).onOneLine
        }
        return result
    }

    /// A patch without a mail's headers: what stands in front of it is the message.
    private func bare(_ mail: RawMail, _ path: FilePath, _ strip: Int) -> TextPatch {
        let lines = Array(mail.bytes).lines
        let end = lines.firstIndex { line in
            ["diff ", "--- ", "Index: "].contains { line.starts(with: $0.utf8) }
                || line.elementsEqual("---".utf8)
        }
        let head = String(mailBytes: Array(lines[..<(end ?? 0)].joined(separator: [0x0a])))
        let name = path.lastComponent.map { $0.stem } ?? "patch"
        let stripped = ReadMail.stripped(head)
        let message = stripped.isEmpty ? "\(name)\n" : stripped
        let mail = ReadMail(message: message, patch: Array(mail.bytes))
        return TextPatch(name: path.string, mail: mail, messageID: nil, strip: strip)
    }

    /// The newest revision, in the order of its numbers; of unnumbered patches, all.
    private func chosen(_ found: [Found], _ name: String) throws(ImportError) -> ReadSource {
        let revision = found.map(\.brackets.revision).max() ?? 1
        let newest = found.filter { $0.brackets.revision == revision }
        let letter = newest.first { $0.brackets.number == 0 }
        var patches = newest.filter { $0.brackets.number != 0 && !$0.patch.mail.patch.isEmpty }
        guard let first = patches.first else {
            throw ImportError(.source, "\(name) has no patch: no mail of it that isn't an answer has a diff")
        }
        var notes: [String] = []
        if let total = first.brackets.total, patches.allSatisfy({ $0.brackets.total == total }) {
            let given = patches.map(\.brackets.number)
            patches = patches.enumerated().sorted {
                ($0.element.brackets.number ?? 0, $0.offset) < ($1.element.brackets.number ?? 0, $1.offset)
            }.map(\.element)
            if patches.map(\.brackets.number) != given {
                notes.append("the patches are in the order of their numbers, which isn't that of the source")
            }
            let numbers = patches.compactMap(\.brackets.number)
            let missing = (1...max(1, total)).filter { !numbers.contains($0) }
            guard missing.isEmpty else {
                let list = missing.prefix(10).map { "\($0)/\(total)" }.joined(separator: ", ")
                throw ImportError(
                    .source,
                    "\(name) lacks \(list) of its \(total) patches\nget the whole thread: b4 mbox MESSAGE-ID"
                )
            }
            if let twice = zip(numbers, numbers.dropFirst()).first(where: { $0 == $1 }) {
                throw ImportError(
                    .source,
                    "\(name) has patch \(twice.0)/\(total) twice\ntake one series out of it: b4 am MESSAGE-ID"
                )
            }
        }
        if newest.count < found.count {
            notes.append("revision \(revision) is imported; the source has earlier ones, too")
        }
        var source = try source(patches, letter, revision: revision)
        source.notes = notes
        return source
    }

    private func source(_ patches: [Found], _ letter: Found?, revision: Int) throws(ImportError) -> ReadSource
    {
        guard patches.count <= ImportLimit.patches else { throw Self.tooMany(patches.count) }
        var source = ReadSource(content: .patches(patches.map(\.patch)))
        source.revision = revision
        let order = [letter].compactMap { $0 } + patches
        source.changeID = order.lazy.compactMap { $0.trailers["change-id"] }.first
        source.baseCommit = order.lazy.compactMap { $0.trailers["base-commit"] }.first
        source.cover = letter.map { Self.letter($0.patch.mail.message) }
        source.coverID = letter?.patch.messageID
        return source
    }

    /// Without shortlog and diffstat, which are made anew.
    private static func letter(_ message: String) -> String {
        let lines = message.lines
        let end = lines.indices.dropFirst(2).first { index in
            let isShortlog =
                lines[index].hasSuffix("):") && index + 1 < lines.count && lines[index + 1].hasPrefix("  ")
            let isDiffstat = lines[index].hasPrefix(" ") && lines[index].contains(" | ")
            return isShortlog || isDiffstat || lines[index].hasPrefix("base-commit: ")
                || lines[index].hasPrefix("change-id: ") || lines[index] == "---"
        }
        return ReadMail.stripped(lines[..<(end ?? lines.endIndex)].joined(separator: "\n"))
    }
}

/// Reads mails by git's own `mailinfo`, which knows encodings and what a patch is.
enum GitMailReader {
    static func read(_ mail: RawMail, in folder: FilePath, name: String) async throws -> ReadMail {
        try await body(mail, in: folder, name: name).head
    }

    /// The same, and all of its text, as it was before git took it apart.
    static func body(_ mail: RawMail, in folder: FilePath, name: String) async throws -> (
        head: ReadMail, body: [UInt8]
    ) {
        let (info, text, patch) = try await run([], mail, folder, name)
        let date = try await date(ReadMail.fields(info)["Date"] ?? "", in: folder)
        return (ReadMail(info: info, text: text, patch: patch, date: date), text + patch)
    }

    /// A date as `git am` reads it; nil for one that it refuses.
    private static func date(_ text: String, in folder: FilePath) async throws -> Timestamp? {
        // Git takes an empty one for now.
        guard !text.trimmed.isEmpty else { return nil }
        let result = try await Tool("git").run(
            ["var", "GIT_AUTHOR_IDENT"],
            in: folder,
            environment: [
                "GIT_DIR": nil, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", "GIT_AUTHOR_DATE": text,
            ]
        )
        let words = result.outputText.trimmed.split(separator: " ").suffix(2)
        guard result.status.isSuccess, words.count == 2, let seconds = words.first.flatMap({ Int64($0) }),
            let zone = words.last, zone.utf8.count == 5, let number = Int(zone)
        else { return nil }
        return Timestamp(seconds: seconds, offsetMinutes: number / 100 * 60 + number % 100)
    }

    /// The subject with its brackets.
    static func subject(_ mail: RawMail, in folder: FilePath, name: String) async throws -> String {
        let info = try await run(["-k"], mail, folder, name).info
        return info.lines.first { $0.hasPrefix("Subject: ") }.map { String($0.dropFirst(9)) } ?? ""
    }

    private static func run(_ options: [String], _ mail: RawMail, _ folder: FilePath, _ name: String)
        async throws
        -> (info: String, text: [UInt8], patch: [UInt8])
    {
        let (input, text, patch) = (
            folder.appending("mail"), folder.appending("text"), folder.appending("patch")
        )
        try Files.write(Array(mail.bytes), to: input)
        let result = try await Tool("git").run(
            // With --encoding=UTF-8, git 2.39 leaves Latin-1 as it is.
            ["-c", "mailinfo.scissors=false", "-c", "i18n.commitEncoding=UTF-8", "mailinfo"] + options + [
                text.string, patch.string,
            ],
            in: folder,
            environment: ["GIT_DIR": nil],
            input: try FileDescriptor.open(input, .readOnly, options: [.closeOnExec])
        )
        guard result.status.isSuccess else {
            throw ImportError(
                .source,
                "\(name): git can't read this mail: \(String(result.errorText.trimmed).onOneLine)"
            )
        }
        let message = try Files.read(text)
        guard message.newlines <= ImportLimit.lines else {
            throw ImportError(
                .source,
                "\(name): a text of \(message.newlines) lines in front of the patch, and \(ImportLimit.lines) are the most that a mail may have"
            )
        }
        return (String(mailBytes: result.output), message, try Files.read(patch))
    }
}
