// SPDX-License-Identifier: GPL-2.0-only

/// The few messages of the QEMU Machine Protocol that matter here; one line of JSON each.
///
/// Only the pieces needed are looked for, in the fixed spelling in which QEMU writes them (docs/interop/qmp-spec.txt;
/// qobject/json-writer.c puts `": "` between a name and a value). A JSON decoder would bring Foundation in.
enum QMPMessage: Equatable {
    /// QEMU is up and has opened all its channels.
    case greeting
    /// QEMU is about to end; `reason` is a value of ShutdownCause (qapi/run-state.json), e.g. "guest-shutdown".
    case shutdown(reason: String)
    case other

    init(_ line: String) {
        if line.starts(with: #"{"QMP": "#) {
            self = .greeting
        } else if Self.value(of: "event", in: line) == "SHUTDOWN" {
            self = .shutdown(reason: Self.value(of: "reason", in: line) ?? "none")
        } else {
            self = .other
        }
    }

    private static func value(of name: String, in line: String) -> String? {
        let words = line.split(separator: "\"", omittingEmptySubsequences: false)
        for index in words.indices.dropLast(2)
        where words[index] == name && words[index + 1] == ": " {
            return String(words[index + 2])
        }
        return nil
    }

    static let enableEvents = #"{"execute": "qmp_capabilities"}"# + "\n"
    static let quit = #"{"execute": "quit"}"# + "\n"
}
