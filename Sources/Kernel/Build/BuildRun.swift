// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// One run of make or gcc whose output is kept, read and judged.
struct BuildRun {
    let tool: Tool
    let log: FilePath
    let source: FilePath

    /// With less than that a build fails for want of it, whatever it says.
    private static let leastSpace: UInt64 = 1 << 20

    /// - Parameters:
    ///   - image: what must be there afterwards.
    ///   - output: the build folder, which the progress names files relative to.
    ///   - total: how many objects will be compiled, for the progress.
    ///   - continuesLog: whether the log has the beginning already.
    func callAsFunction(
        _ arguments: [String],
        in folder: FilePath? = nil,
        environment: [String: String?],
        image: FilePath,
        output: FilePath? = nil,
        total: Int? = nil,
        continuesLog: Bool = false,
        progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
    ) async throws(BuildError) -> BuildResult {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let recorder = try BuildRecorder(
                log: log,
                source: source,
                output: output,
                total: total,
                continuesLog: continuesLog,
                progress: progress
            )
            let status: ToolStatus
            do throws(ToolError) {
                status = try await tool.stream(arguments, in: folder, environment: environment) {
                    recorder.take($0)
                }
            } catch {
                // The log is closed, but why the tool did not run is the news.
                _ = try? recorder.finish()
                throw error
            }
            let (output, steps) = try recorder.finish()
            let diagnostics = output.diagnostics
            return BuildResult(
                outcome: outcome(status, output, diagnostics, image),
                diagnostics: diagnostics,
                duration: clock.now - start,
                log: log,
                steps: steps
            )
        } catch {
            throw BuildError(error)
        }
    }

    /// Runs a build that goes on behind errors, and if it fails, again without what it made earlier: a program that can't be
    /// made any more must not be taken for one that was.
    func withoutOldPrograms(
        _ programs: [FilePath],
        _ build: (Self) async throws(BuildError) -> BuildResult
    ) async throws(BuildError) -> BuildResult {
        let result = try await build(self)
        let old = programs.filter(Files.exists)
        guard case .failure(.kernel, _) = result.outcome, !old.isEmpty else { return result }
        do throws(FileError) { for program in old { try Files.remove(program) } } catch { throw .file(error) }
        return try await build(self)
    }

    private func outcome(
        _ status: ToolStatus,
        _ output: BuildOutput,
        _ diagnostics: [CompilerDiagnostic],
        _ image: FilePath
    ) -> BuildOutcome {
        if status.isSuccess {
            if Files.exists(image) { return .success(image: image) }
            return .failure(.kernel, summary: "\(tool.name) succeeded, but there is no \(image)")
        }
        if let fault = output.infrastructure {
            return .failure(.infrastructure(fault), summary: fault.description)
        }
        // Not every tool says why it can't write: "flex: error writing output file lexer.lex.c".
        let folder = log.removingLastComponent()
        if let left = Files.freeSpace(at: folder), left < Self.leastSpace {
            let fault = InfrastructureFault.noSpace("\(left >> 10) KiB left in \(folder)")
            return .failure(.infrastructure(fault), summary: fault.description)
        }
        if case .signaled = status {
            let fault = InfrastructureFault.killed("\(tool.name) was \(status)")
            return .failure(.infrastructure(fault), summary: fault.description)
        }
        let first = diagnostics.first { $0.kind == .error }
        return .failure(.kernel, summary: first?.description ?? "\(tool.name) ended with \(status)")
    }
}
