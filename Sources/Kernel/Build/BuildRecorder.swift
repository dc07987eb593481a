// SPDX-License-Identifier: GPL-2.0-only

import Base
import Synchronization
import SystemPackage

/// Takes a build's lines as they come: into the log, through the parser, to
/// the progress display.
final class BuildRecorder: Sendable {
    private struct State {
        var log: FileDescriptor?
        var failure: (any Error)?
        var output: BuildOutput
        var steps = 0
        var objects = 0
    }

    private let state: Mutex<State>
    private let path: FilePath
    private let total: Int?
    private let output: FilePath?
    private let progress: @Sendable (BuildProgress) -> Void

    /// - Parameters:
    ///   - output: the build folder, which steps are named relative to.
    ///   - total: how many objects will be compiled; nil if nobody knows.
    ///   - continuesLog: whether the log has the beginning already.
    init(
        log: FilePath,
        source: FilePath,
        output: FilePath? = nil,
        total: Int?,
        continuesLog: Bool = false,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) throws(FileError) {
        do {
            let file = try FileDescriptor.open(
                log,
                .writeOnly,
                options: [.create, continuesLog ? .append : .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead]
            )
            state = Mutex(State(log: file, failure: nil, output: BuildOutput(source: source.string)))
        } catch {
            throw FileError(operation: "write", path: log, errno: error as? Errno ?? .ioError)
        }
        path = log
        self.total = total
        self.output = output
        self.progress = progress
    }

    func take(_ line: String) {
        let news: BuildProgress? = state.withLock { state in
            do {
                _ = try state.log?.writeAll(Array((line + "\n").utf8))
            } catch {
                // A full disk: told at the end, when make has stumbled over it too.
                if state.failure == nil { state.failure = error }
            }
            guard let step = state.output.consume(line) else { return nil }
            state.steps += 1
            if step.isObject { state.objects += 1 }
            return BuildProgress(
                done: state.objects,
                // More than were foreseen: how many more nobody knows.
                total: total.flatMap { $0 >= state.objects ? $0 : nil },
                action: step.action,
                target: shown(step.target)
            )
        }
        if let news { progress(news) }
    }

    /// kbuild names some files, such as its own tools, by their whole path.
    private func shown(_ target: String) -> String {
        guard target.hasPrefix("/") else { return target }
        if let output, target.hasPrefix(output.string + "/") {
            return String(target.dropFirst(output.string.utf8.count + 1))
        }
        return target.split(separator: "/").last.map(String.init) ?? target
    }

    /// Closes the log; what was read so far.
    @discardableResult
    func finish() throws(FileError) -> (output: BuildOutput, steps: Int) {
        let (result, failure) = state.withLock { state -> ((BuildOutput, Int), (any Error)?) in
            do { try state.log?.close() } catch { state.failure = state.failure ?? error }
            state.log = nil
            return ((state.output, state.steps), state.failure)
        }
        if let failure {
            throw FileError(operation: "write", path: path, errno: failure as? Errno ?? .ioError)
        }
        return result
    }
}
