// SPDX-License-Identifier: GPL-2.0-only

import Base

extension FetchError: Blamed {
    public var fault: Fault {
        switch self {
        case .notVersion, .unknownVersion, .notInSuite: .user
        case .tree(let error): error.fault
        default: .infrastructure
        }
    }
}

extension RecipientError: Blamed {
    public var fault: Fault {
        switch self {
        case .missing, .unreadable: .tree
        case .tool, .file: .infrastructure
        }
    }
}

extension StateError: Blamed {
    public var fault: Fault {
        switch self {
        case .noHome, .badName: .user
        case .held, .file: .infrastructure
        }
    }
}

extension BuildError: Blamed {
    public var fault: Fault {
        switch self {
        case .interrupted: .interruption
        case .config(let error): error.fault
        // What the fragments ask for is not in this tree, or can't be had together.
        case .configuration(.kernel, _, _), .noSuchSelftest: .tree
        case .badPath, .configuration(.infrastructure, _, _), .tool, .file: .infrastructure
        }
    }
}

extension ConfigError: Blamed {
    public var fault: Fault {
        switch self {
        case .unmet: .tree
        case .malformed: .user
        }
    }
}

extension ProfilesError: Blamed {
    public var fault: Fault { .user }
}

extension ToolError: Blamed {
    public var fault: Fault {
        if case .interrupted = self { .interruption } else { .infrastructure }
    }
}

extension TreeError: Blamed {
    public var fault: Fault {
        switch self {
        case .notFound, .unknownKind: .user
        case .notKernel: .tree
        case .file(let error): error.fault == .user ? .tree : .infrastructure
        default: .infrastructure
        }
    }
}

extension SuitesError: Blamed {
    public var fault: Fault { .user }
}
