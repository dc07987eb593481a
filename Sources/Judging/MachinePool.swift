// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage

/// How many machines run side by side.
package struct MachinePool: Sendable, Equatable {
    /// At most so many at once.
    package let machines: Int
    /// For all of them together.
    package let memoryMiB: Int

    package init(machines: Int, memoryMiB: Int) {
        self.machines = max(machines, 1)
        self.memoryMiB = memoryMiB
    }

    /// As many as there are processors, within three quarters of the memory that is free: a guest's memory is QEMU's, page by
    /// page as the guest touches it, and the translator takes some of its own.
    ///
    /// - Parameter machines: what the user says instead; memory counts all the same.
    package static func ofThisHost(machines: Int? = nil) -> MachinePool {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return MachinePool(machines: machines ?? processors, memoryMiB: freeMemoryMiB * 3 / 4)
    }

    /// `MemAvailable:   22834560 kB`; 0 if the kernel doesn't say, which makes one machine at a time.
    private static var freeMemoryMiB: Int {
        // What can't be read is not there.
        let text = (try? Files.read("/proc/meminfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = text.lines.first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1024 } ?? 0
    }

    /// Does all jobs, each as soon as there is room for it; one that needs more than there is runs alone.
    ///
    /// - Parameter needs: MiB of each job.
    /// - Returns: what came of each, in the order of the jobs.
    /// - Throws: what the first that failed threw; the others are cancelled then.
    func run<Job: Sendable, Result: Sendable>(
        _ jobs: [Job],
        needs: [Int],
        _ body: @escaping @Sendable (Job) async throws -> Result
    ) async throws -> [Result] {
        return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var waiting = Array(jobs.indices)
            var running: Set<Int> = []
            var results: [Int: Result] = [:]
            while true {
                while running.count < machines,
                    let place = waiting.firstIndex(where: { next in
                        running.isEmpty
                            || running.reduce(needs[next], { $0 + needs[$1] }) <= memoryMiB
                    })
                {
                    let index = waiting.remove(at: place)
                    let job = jobs[index]
                    running.insert(index)
                    group.addTask { (index, try await body(job)) }
                }
                guard let (index, result) = try await group.next() else { break }
                running.remove(index)
                results[index] = result
            }
            return jobs.indices.compactMap { results[$0] }
        }
    }
}
