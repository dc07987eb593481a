// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Glibc

/// The program.
public struct KPatchGen: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "kpatch-gen",
        abstract:
            "Turns one kernel patch into a family of them: generates, builds, boots and judges its variants.",
        discussion: """
            A patch is held as templates (Templates/), the decisions of its review as options. A kernel tree is probed \
            for facts; the result is commits on a branch, mail, a built kernel, or a verdict from a virtual machine.

            Exit status: 0 done, all pass; 1 the answer is no; 2 usage; 3 the tree can't take it; 4 infrastructure; \
            130, 143 interrupted.

            KPATCH_LIMITS=N makes the limits on what trees and series may hold N times as high.
            """,
        version: Program.version,
        subcommands: [
            DoctorCommand.self, TreesCommand.self, ListCommand.self, ShowCommand.self, FactsCommand.self,
            ConfigCommand.self, ImportCommand.self, ReviewCommand.self,
            RenderCommand.self, RangeDiffCommand.self, ApplyCommand.self, AbsorbCommand.self,
            RebaseCommand.self,
            CarryCommand.self,
            DriftCommand.self,
            SurveyCommand.self,
            CombinationsCommand.self,
            BuildCommand.self, BootCommand.self, TestCommand.self, BundleCommand.self, DetectCommand.self,
            MutateCommand.self,
            MatrixCommand.self, CellCommand.self, HistoryCommand.self, CompareCommand.self,
            ReportCommand.self, BisectCommand.self,
            ConsoleCommand.self, ResultsCommand.self,
        ]
    )

    public init() {}

    /// Parses the command line, runs the verb and ends the process.
    ///
    /// On the process's first thread, whose memory is the one that all of them are to share.
    @MainActor public static func launch() async -> Never {
        Memory.takeLargePieces()
        // A reader that goes away shows as EPIPE, not as a silent death.
        signal(SIGPIPE, SIG_IGN)
        let work = Task { await perform() }
        Interruption.watch(work)
        let status = await work.value
        Interruption.claimEnd()
        // Not exit(): libraries tear themselves down there, and another thread may still be reading.
        fflush(nil)
        _exit(Interruption.status ?? status)
    }

    private static func perform() async -> Int32 {
        if let complaint = Limits.complaint {
            Terminal.error(complaint)
            return ExitStatus.usage.rawValue
        }
        do {
            let command = try parseAsRoot()
            return await run(command)
        } catch {
            let help = exitCode(for: error).isSuccess
            let text = fullMessage(for: error)
            if help {
                return show(help: text)
            }
            Terminal.note(HelpText.error(text, for: Array(CommandLine.arguments.dropFirst())))
            return ExitStatus.usage.rawValue
        }
    }

    private static func show(help text: String) -> Int32 {
        do {
            try Terminal.output(HelpText.filled(text))
            return ExitStatus.done.rawValue
        } catch {
            return report(error).rawValue
        }
    }

    /// Says what went wrong, and gives the status for it.
    private static func report(_ error: any Error) -> ExitStatus {
        let status = ExitStatus(error)
        switch status {
        // Nobody reads it.
        case .readerGone: break
        case .negative where error is NegativeAnswer: break
        // Whatever else failed did so because of it.
        case .interrupted where (error as? any Blamed)?.fault != .interruption: Terminal.error("interrupted")
        case _: Terminal.error("\(error)")
        }
        return status
    }

    private static func run(_ command: any ParsableCommand) async -> Int32 {
        let forBisect = (command as? any BisectingCommand)?.bisect ?? false
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
            if Interruption.status != nil { Terminal.error("interrupted, when the work was done") }
            return ExitStatus.done.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch let error where exitCode(for: error).isSuccess {
            // `kpatch-gen` without a verb: help is what was wanted. Not `is CleanExit`: the library wraps it.
            return show(help: fullMessage(for: error))
        } catch {
            let status = report(error)
            return forBisect ? status.forBisect : status.rawValue
        }
    }
}

/// A verb that can be the script of `git bisect run`.
protocol BisectingCommand {
    var bisect: Bool { get }
}
