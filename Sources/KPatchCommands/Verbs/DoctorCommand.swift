// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Kernel

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Shows what is missing on this machine, and the command that fixes it.",
        discussion: "Exit status 1 if something that is needed is missing."
    )

    @OptionGroup var format: FormatArguments

    func run() async throws {
        let findings: [Finding]
        findings = try await Doctor(state: StateFolder(environment: ProcessEnvironment.variables)).check()
        try report(findings)
    }

    private func report(_ findings: [Finding]) throws {
        let remedy = Doctor.remedy(findings)
        let advice = remedy.map { ["", "to fix it:", "  \($0)"] } ?? []
        try format.format.print(
            text: Columns.shown(findings.map(row)).lines + advice,
            json: DoctorOutput(findings, remedy: remedy)
        )
        if findings.contains(where: { $0.isMissing && $0.requirement.isNeeded }) {
            throw NegativeAnswer()
        }
    }

    private func row(_ finding: Finding) -> [String] {
        let requirement = finding.requirement
        switch finding.answer {
        case .found(let detail): return ["ok", requirement.name, detail]
        case .missing(let reason):
            return [
                requirement.isNeeded ? "missing" : "optional", requirement.name,
                "\(reason); it \(requirement.purpose)",
            ]
        }
    }
}

/// What `doctor --format json` writes.
struct DoctorOutput: Encodable {
    struct Item: Encodable {
        let name: String
        let purpose: String
        let package: String?
        let isNeeded: Bool
        let found: String?
        let missing: String?
    }

    let items: [Item]
    let remedy: String?

    init(_ findings: [Finding], remedy: String?) {
        self.remedy = remedy
        items = findings.map { finding in
            let found: String? = if case .found(let detail) = finding.answer { detail } else { nil }
            let missing: String? = if case .missing(let reason) = finding.answer { reason } else { nil }
            return Item(
                name: finding.requirement.name,
                purpose: finding.requirement.purpose,
                package: finding.requirement.package,
                isNeeded: finding.requirement.isNeeded,
                found: found,
                missing: missing
            )
        }
    }
}
