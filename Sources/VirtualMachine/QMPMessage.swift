// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials

/// The few messages of the QEMU Machine Protocol that matter here, one line of JSON each
/// (docs/interop/qmp-spec.txt in QEMU).
enum QMPMessage: Equatable {
    /// QEMU is up and has opened all its channels.
    case greeting
    /// QEMU is about to end; `reason` is a value of ShutdownCause (qapi/run-state.json), e.g. "guest-shutdown".
    case shutdown(reason: String)
    case other

    init(_ line: String) {
        // What can't be read is none of these messages.
        let message = try? JSONDecoder().decode(Message.self, from: Data(line.utf8))
        switch message {
        case let message? where message.greeting != nil: self = .greeting
        case let message? where message.event == "SHUTDOWN":
            self = .shutdown(reason: message.data?.reason ?? "none")
        default: self = .other
        }
    }

    private struct Message: Decodable {
        struct Greeting: Decodable {}
        struct Detail: Decodable {
            let reason: String?
        }

        let greeting: Greeting?
        let event: String?
        let data: Detail?

        private enum CodingKeys: String, CodingKey {
            case greeting = "QMP"
            case event, data
        }
    }

    static let enableEvents = #"{"execute": "qmp_capabilities"}"# + "\n"
    static let quit = #"{"execute": "quit"}"# + "\n"
}
