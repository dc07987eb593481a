// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Subprocess
import SystemPackage

/// How a child ended and what it wrote.
struct Outcome: CustomStringConvertible {
    let command: String
    /// The exit status; 128 + the signal's number if one ended it, as shells say.
    let status: Int32
    let bytes: [UInt8]
    let errors: String

    var output: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// What a failed expectation shows.
    var description: String {
        "\(command)\nexit status \(status)\nstdout:\n\(output.prefix(2000))\nstderr:\n\(errors.prefix(4000))"
    }

    /// The output as a JSON object.
    func json() throws -> JSONObject {
        guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw SetupError("not a JSON object: \(self)")
        }
        return JSONObject(object)
    }

    /// The output as a JSON array of objects.
    func jsonArray() throws -> [JSONObject] {
        guard let array = try JSONSerialization.jsonObject(with: Data(bytes)) as? [[String: Any]] else {
            throw SetupError("not a JSON array of objects: \(self)")
        }
        return array.map(JSONObject.init)
    }
}

/// Typed access to parsed JSON.
struct JSONObject {
    private let values: [String: Any]

    init(_ values: [String: Any]) { self.values = values }

    var keys: Set<String> { Set(values.keys) }
    func string(_ key: String) -> String? { values[key] as? String }
    func int(_ key: String) -> Int? { values[key] as? Int }
    func bool(_ key: String) -> Bool? { values[key] as? Bool }
    func ints(_ key: String) -> [Int] { values[key] as? [Int] ?? [] }
    func strings(_ key: String) -> [String] { values[key] as? [String] ?? [] }
    func object(_ key: String) -> JSONObject { JSONObject(values[key] as? [String: Any] ?? [:]) }
    func objects(_ key: String) -> [JSONObject] {
        (values[key] as? [[String: Any]] ?? []).map(JSONObject.init)
    }
}

/// The test's own surroundings are not as they must be.
struct SetupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a program to its end, with nothing but the given environment.
func run(
    _ program: String,
    _ arguments: [String],
    in folder: FilePath,
    environment: [String: String]
) async throws -> Outcome {
    let values = Dictionary(
        uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
    )
    let result = try await Subprocess.run(
        program.contains("/") ? .path(FilePath(program)) : .name(program),
        arguments: Arguments(arguments),
        environment: .custom(values),
        workingDirectory: folder,
        output: .bytes(limit: 64 << 20),
        error: .bytes(limit: 64 << 20)
    )
    let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let number): 128 + number
        }
    return Outcome(
        command: ([program] + arguments).joined(separator: " "),
        status: status,
        bytes: result.standardOutput,
        errors: String(decoding: result.standardError, as: UTF8.self)
    )
}
