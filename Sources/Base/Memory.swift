// SPDX-License-Identifier: GPL-2.0-only

import Cglibc
import Glibc

/// How the C library gets memory from the kernel.
public enum Memory {
    /// Lets it take few large pieces.
    ///
    /// As it is by itself, each thread's memory grows by a page or two, with a system call that stops the other threads:
    /// 400 of them in `apply`, and a quarter of its processor time. To be called before the first thread is started.
    public static func takeLargePieces() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, Int32(largest))
        mallopt(M_TOP_PAD, Int32(piece))
        mallopt(M_TRIM_THRESHOLD, Int32(4 * piece))
        // Makes the first piece. A page of 2 MB costs less than the 512 faults of small ones.
        guard let start = malloc(1 << 20) else { return }
        let address = (UInt(bitPattern: start) + hugePage - 1) & ~(hugePage - 1)
        if let page = UnsafeMutableRawPointer(bitPattern: address) {
            madvise(page, piece - Int(hugePage), MADV_HUGEPAGE)
        }
        free(start)
    }

    /// Bytes; address space, not memory, until they are written.
    private static let piece = 64 << 20
    /// The most that glibc takes for M_MMAP_THRESHOLD on 64 bits.
    private static let largest = 32 << 20
    private static let hugePage: UInt = 2 << 20
}
