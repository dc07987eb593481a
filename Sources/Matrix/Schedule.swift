// SPDX-License-Identifier: GPL-2.0-only

/// What runs next: cells of different lanes at the same time, those of one lane one after the other, as they are built in
/// the same folders.
package struct Schedule: Sendable {
    private var waiting: [IdentifiedCell]
    private var busy: Set<String> = []

    /// - Parameter cells: in the order in which they are wanted.
    package init(_ cells: [IdentifiedCell]) {
        waiting = cells
    }

    /// Takes the first cell whose lane is free; nil if there is none now.
    ///
    /// Of the cells that are wanted equally the one with the most behind it comes first, so that no lane is left over at
    /// the end.
    package mutating func next() -> IdentifiedCell? {
        guard let index = waiting.firstIndex(where: { !busy.contains($0.lane) }) else { return nil }
        let cell = waiting.remove(at: index)
        busy.insert(cell.lane)
        return cell
    }

    /// Gives a cell's lane free.
    package mutating func end(_ cell: IdentifiedCell) { busy.remove(cell.lane) }

    package var isEmpty: Bool { waiting.isEmpty }

    /// How many can run at once from here on, however many places there are.
    package var width: Int { busy.union(waiting.map(\.lane)).count }

    /// Failures first; then the longest lanes, a cell of each in turn, so that the cells of a small and a large lane end
    /// together.
    package static func order(_ cells: [IdentifiedCell], _ experience: Experience) -> [IdentifiedCell] {
        var rest: [String: Int] = [:]
        for cell in cells { rest[cell.lane, default: 0] += 1 }
        let ranked = cells.enumerated().map { offset, cell -> (Int, Int, Int, IdentifiedCell) in
            let behind = rest[cell.lane] ?? 0
            rest[cell.lane] = behind - 1
            return (experience.failed(cell.cell) ? 0 : 1, -behind, offset, cell)
        }
        return ranked.sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }.map(\.3)
    }
}

/// How many cells this machine bears at once.
package struct Capacity: Sendable, Equatable {
    package let places: Int
    package let processors: Int

    /// What compilers and the tool take besides the guest, in MiB.
    private static let reserve = 1024

    /// - Parameters:
    ///   - processors: those that this process may use.
    ///   - availableMiB: memory that is free to be used; nil if nobody knows.
    ///   - cellMiB: what the largest cell's guest takes.
    ///   - limit: the most cells at once that somebody asks for; nil: what there is room for.
    package init(processors: Int, availableMiB: Int?, cellMiB: Int, limit: Int? = nil) {
        let byMemory = availableMiB.map { $0 / (cellMiB + Self.reserve) } ?? processors
        self.processors = max(1, processors)
        places = max(1, min(processors, byMemory, limit ?? processors))
    }

    /// Compilers for a cell, so that all that run together have one processor each.
    package func jobs(width: Int) -> Int { max(1, processors / max(1, min(places, width))) }
}
