// SPDX-License-Identifier: GPL-2.0-only

/// Pairs the elements of two sequences that are the same, in order.
///
/// First by those that are in each side once (patience diff: a function's own lines weigh more than its braces), then, where
/// there are none of those, by the shortest edit script (Myers 1986).
struct Aligner {
    private var stampA: [Int] = []
    private var stampB: [Int] = []
    private var placeA: [Int] = []
    private var placeB: [Int] = []
    private var round = 0

    /// The longest edit script that is looked for; beyond it the sides have nothing to do with each other.
    private static let longestScript = 600

    /// For each element of `a` the index of its partner in `b`, or -1.
    ///
    /// The elements are numbers from 0 on, as `LineTable` gives them.
    mutating func align(_ a: [Int], _ b: [Int]) -> [Int] {
        var partner = [Int](repeating: -1, count: a.count)
        let names = max(a.max() ?? -1, b.max() ?? -1) + 1
        if stampA.count < names {
            let more = names - stampA.count
            stampA += [Int](repeating: 0, count: more)
            stampB += [Int](repeating: 0, count: more)
            placeA += [Int](repeating: 0, count: more)
            placeB += [Int](repeating: 0, count: more)
        }
        var open = [(a: 0..<a.count, b: 0..<b.count)]
        while let next = open.popLast() {
            var (i0, i1) = (next.a.lowerBound, next.a.upperBound)
            var (j0, j1) = (next.b.lowerBound, next.b.upperBound)
            while i0 < i1, j0 < j1, a[i0] == b[j0] {
                partner[i0] = j0
                i0 += 1
                j0 += 1
            }
            while i0 < i1, j0 < j1, a[i1 - 1] == b[j1 - 1] {
                i1 -= 1
                j1 -= 1
                partner[i1] = j1
            }
            if i0 == i1 || j0 == j1 { continue }
            let anchors = longestIncreasing(unique(a, i0..<i1, b, j0..<j1))
            guard !anchors.isEmpty else {
                Self.shortestScript(a, i0..<i1, b, j0..<j1, &partner)
                continue
            }
            var (pi, pj) = (i0, j0)
            for (i, j) in anchors {
                partner[i] = j
                open.append((pi..<i, pj..<j))
                (pi, pj) = (i + 1, j + 1)
            }
            open.append((pi..<i1, pj..<j1))
        }
        return partner
    }

    /// What each side has once, by its place in `a`.
    private mutating func unique(_ a: [Int], _ ia: Range<Int>, _ b: [Int], _ ib: Range<Int>) -> [(Int, Int)] {
        round += 1
        for i in ia {
            placeA[a[i]] = stampA[a[i]] == round ? -1 : i
            stampA[a[i]] = round
        }
        for j in ib {
            placeB[b[j]] = stampB[b[j]] == round ? -1 : j
            stampB[b[j]] = round
        }
        var pairs: [(Int, Int)] = []
        for i in ia where placeA[a[i]] == i && stampB[a[i]] == round && placeB[a[i]] >= 0 {
            pairs.append((i, placeB[a[i]]))
        }
        return pairs
    }

    private func longestIncreasing(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
        var tails: [Int] = []
        var back = [Int](repeating: -1, count: pairs.count)
        for k in pairs.indices {
            var (low, high) = (0, tails.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[tails[middle]].1 < pairs[k].1 { low = middle + 1 } else { high = middle }
            }
            back[k] = low > 0 ? tails[low - 1] : -1
            if low == tails.count { tails.append(k) } else { tails[low] = k }
        }
        var result: [(Int, Int)] = []
        var k = tails.last ?? -1
        while k >= 0 {
            result.append(pairs[k])
            k = back[k]
        }
        return result.reversed()
    }

    private static func shortestScript(
        _ a: [Int],
        _ ia: Range<Int>,
        _ b: [Int],
        _ ib: Range<Int>,
        _ partner: inout [Int]
    ) {
        let (n, m) = (ia.count, ib.count)
        let most = min(n + m, longestScript)
        var furthest = [Int](repeating: 0, count: 2 * most + 3)
        let zero = most + 1
        var trace: [[Int]] = []
        for d in 0...most {
            // Only the diagonals that the last step reached.
            trace.append(Array(furthest[zero - d - 1...zero + d + 1]))
            for k in stride(from: -d, through: d, by: 2) {
                let down = k == -d || (k != d && furthest[zero + k - 1] < furthest[zero + k + 1])
                var x = down ? furthest[zero + k + 1] : furthest[zero + k - 1] + 1
                var y = x - k
                while x < n, y < m, a[ia.lowerBound + x] == b[ib.lowerBound + y] {
                    x += 1
                    y += 1
                }
                furthest[zero + k] = x
                guard x >= n, y >= m else { continue }
                (x, y) = (n, m)
                for step in stride(from: d, through: 0, by: -1) {
                    let before = trace[step]
                    let middle = step + 1
                    let k = x - y
                    let down = k == -step || (k != step && before[middle + k - 1] < before[middle + k + 1])
                    let previous = down ? k + 1 : k - 1
                    let px = step > 0 ? before[middle + previous] : 0
                    let py = step > 0 ? px - previous : 0
                    while x > px, y > py {
                        x -= 1
                        y -= 1
                        partner[ia.lowerBound + x] = ib.lowerBound + y
                    }
                    (x, y) = (px, py)
                }
                return
            }
        }
    }
}

/// A run of elements that one side has others for.
struct Change: Equatable {
    /// In the old sequence; empty for an insertion, which is in front of its lower bound.
    let old: Range<Int>
    /// In the new one.
    let new: Range<Int>

    /// What differs, by what an alignment paired.
    static func all(_ partner: [Int], newCount: Int) -> [Change] {
        var result: [Change] = []
        var (i, j) = (0, 0)
        while i < partner.count || j < newCount {
            if i < partner.count, partner[i] == j {
                i += 1
                j += 1
                continue
            }
            let (start, begin) = (i, j)
            while i < partner.count, partner[i] < 0 { i += 1 }
            j = i < partner.count ? partner[i] : newCount
            result.append(Change(old: start..<i, new: begin..<j))
        }
        return result
    }
}
