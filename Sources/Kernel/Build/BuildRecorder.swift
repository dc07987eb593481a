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
    }

    private let state: Mutex<State>
    private let path: FilePath
    private let estimate: Int?
    private let progress: @Sendable (BuildProgress) -> Void

    init(
        log: FilePath,
        source: FilePath,
        estimate: Int?,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) throws(FileError) {
        do {
            let file = try FileDescriptor.open(
                log,
                .writeOnly,
                options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead]
            )
            state = Mutex(State(log: file, failure: nil, output: BuildOutput(source: source.string)))
        } catch {
            throw FileError(operation: "write", path: log, errno: error as? Errno ?? .ioError)
        }
        path = log
        self.estimate = estimate
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
            return BuildProgress(
                done: state.steps,
                // More than there were ever before: how many more nobody knows.
                total: estimate.flatMap { $0 >= state.steps ? $0 : nil },
                action: step.action,
                target: step.target
            )
        }
        if let news { progress(news) }
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
