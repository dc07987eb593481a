// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import TestReport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A folder that an engine hands to whoever runs a cell: `inputs.json`.
package struct CellInputs: Sendable, Codable {
    package static let schema = 1
    package static let fileName = "inputs.json"

    /// Where a node gets a tree that it lacks.
    package struct Source: Sendable, Codable, Hashable {
        /// A path or address that git fetches from.
        package let repository: String
        /// `refs/tags/v5.10.262`
        package let reference: String

        package init(repository: String, reference: String) {
            self.repository = repository
            self.reference = reference
        }
    }

    package var schema = Self.schema
    package let cell: Cell
    /// Nil for a tree that each node has to have.
    package let source: Source?

    package init(cell: Cell, source: Source? = nil) {
        self.cell = cell
        self.source = source
    }

    package init(folder: FilePath) throws {
        let path = folder.appending(Self.fileName)
        let bytes = try Files.read(path, limit: 1 << 20)
        guard let inputs = try? JSONDecoder().decode(CellInputs.self, from: Data(bytes)) else {
            throw MatrixError.input(
                "\(path.string.onOneLine) is cut off, or is something else than a cell's inputs"
            )
        }
        guard inputs.schema == Self.schema else {
            throw MatrixError.input(
                "\(path.string.onOneLine) has schema \(inputs.schema), and this program reads schema \(Self.schema)"
            )
        }
        self = inputs
    }

    /// Makes the folder.
    package func write(to folder: FilePath) throws {
        try Files.makeFolder(folder)
        try Files.write(Array(try JSONText.of(self).utf8), to: folder.appending(Self.fileName))
    }
}
