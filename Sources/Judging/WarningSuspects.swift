// SPDX-License-Identifier: GPL-2.0-only

import Git
import Kernel

/// Which of a kernel's warnings may be a patch's, by the files that it changes.
///
/// An object that follows from none of them is the base's, and so are its warnings: nothing has to be built to tell.
package struct WarningSuspects {
    /// Those that have to be compared with the base's.
    package private(set) var warnings: [CompilerDiagnostic] = []
    /// The objects they came with, which the base has to be asked for.
    package private(set) var objects: Set<String> = []
    /// Whether only a whole kernel of the base can tell: a linker spoke, and the patch changes what is linked how.
    package private(set) var needsWholeBase = false

    /// - Parameter changes: from the base's tree to the one that was built.
    package init(_ all: [CompilerDiagnostic], of changes: [TreeChange], in kernel: KernelBuild) {
        let paths = Set(changes.map(\.path))
        let added = Set(changes.filter { $0.kind == .added }.map(\.path))
        // What objects there are, and with which options they are compiled.
        let changesTheBuild = paths.contains(where: Self.isOfTheBuild)
        let changesTheLink = changesTheBuild || paths.contains { $0.hasSuffix(".S") || $0.contains(".lds") }
        for warning in all {
            guard let object = warning.target, object.hasSuffix(".o"), object != "vmlinux.o" else {
                guard changesTheLink else { continue }
                warnings.append(warning)
                needsWholeBase = true
                continue
            }
            guard changesTheBuild || kernel.object(object, followsFrom: paths) ?? true else { continue }
            warnings.append(warning)
            // A file that the base doesn't have has no warnings there.
            if !added.contains(object.dropLast(2) + ".c") { objects.insert(object) }
        }
    }

    private static func isOfTheBuild(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        return name.hasPrefix("Kconfig") || name.hasPrefix("Makefile") || name == "Kbuild"
            || path.hasPrefix("scripts/")
    }
}
