// SPDX-License-Identifier: GPL-2.0-only

/// Lines that are known to be the same part of a file in two of its versions. Lines count from 0.
public struct MergeRegion: Sendable, Hashable {
    /// In the version that both sides come from.
    public let ancestor: Range<Int>
    /// On our side.
    public let ours: Range<Int>

    /// A part that corresponds.
    public init(ancestor: Range<Int>, ours: Range<Int>) {
        self.ancestor = ancestor
        self.ours = ours
    }
}

/// Merges a file; where that conflicts, merges the parts that correspond each for itself.
///
/// What their side changed wholly inside a region can only belong into our version of that region, whatever became of
/// the lines around it. The rest of their changes is merged over the whole file.
///
/// - Parameters:
///   - regions: may lie within each other.
///   - others: larger ones, asked for where these leave a conflict, so that it is shown where it belongs. A part that
///     our side has no more has no lines there.
///   - isRight: whether what fits together is where it belongs; what isn't is merged in smaller parts, too.
public func mergeFile(
    ancestor: [UInt8],
    ours: [UInt8],
    theirs: [UInt8],
    regions: [MergeRegion],
    others: () -> [MergeRegion] = { [] },
    isRight: ([UInt8]) throws(GitError) -> Bool = { _ throws(GitError) in true }
) throws(GitError) -> MergeResult {
    let whole = try mergeFile(ancestor: ancestor, ours: ours, theirs: theirs)
    if case .clean(let bytes) = whole, try isRight(bytes) { return whole }
    let merged = try mergeParts(ancestor: ancestor, ours: ours, theirs: theirs, regions)
    if let merged, case .clean(let bytes) = merged, try isRight(bytes) { return merged }
    let more = others()
    guard !more.isEmpty else { return merged ?? whole }
    return try mergeParts(ancestor: ancestor, ours: ours, theirs: theirs, regions + more) ?? merged ?? whole
}

/// Merges each region for itself, and what is outside of them as a whole; nil if it comes to nothing.
private func mergeParts(
    ancestor: [UInt8],
    ours: [UInt8],
    theirs: [UInt8],
    _ regions: [MergeRegion]
) throws(GitError) -> MergeResult? {
    guard !regions.isEmpty else { return nil }
    let changes = try lineChanges(from: ancestor, to: theirs)
    let (old, our, their) = (FileLines(ancestor), FileLines(ours), FileLines(theirs))
    var rest = changes
    var bodies: [(lines: Range<Int>, merged: MergeResult)] = []
    for region in outermost(regions) {
        let inside = rest.filter { $0.isInside(region.ancestor) }
        guard !inside.isEmpty else { continue }
        rest.removeAll { $0.isInside(region.ancestor) }
        let start = region.ancestor.lowerBound
        let base = FileLines(Array(old[region.ancestor]))
        let merged = try mergeFile(
            ancestor: base.bytes,
            ours: Array(our[region.ours]),
            theirs: base.replacing(
                inside.map { change in (change.old.shifted(by: -start), Array(their[change.new])) }
            ),
            regions: regions.filter { $0.isWithin(region) }.map {
                MergeRegion(
                    ancestor: $0.ancestor.shifted(by: -start),
                    ours: $0.ours.shifted(by: -region.ours.lowerBound)
                )
            }
        )
        bodies.append((region.ours, merged))
    }
    guard !bodies.isEmpty else { return nil }
    bodies.sort { $0.lines.lowerBound < $1.lines.lowerBound }
    let changed = our.replacing(bodies.map { ($0.lines, $0.merged.ours) })
    let others = old.replacing(rest.map { ($0.old, Array(their[$0.new])) })
    let result = try mergeFile(ancestor: ancestor, ours: changed, theirs: others)
    return try result.reopening(places(bodies), of: changed)
}

extension MergeRegion {
    /// Whether it is a part of another one on both sides.
    fileprivate func isWithin(_ other: MergeRegion) -> Bool {
        func isPart(_ lines: Range<Int>, _ all: Range<Int>) -> Bool {
            all.lowerBound <= lines.lowerBound && lines.upperBound <= all.upperBound
        }
        return self != other && isPart(ancestor, other.ancestor) && isPart(ours, other.ours)
    }
}

extension Range<Int> {
    fileprivate func shifted(by count: Int) -> Self { lowerBound + count..<upperBound + count }
}

/// Where the conflicts of merged bodies are in the file with those bodies.
private func places(_ bodies: [(lines: Range<Int>, merged: MergeResult)]) -> [ConflictedFile.Place] {
    var shift = 0
    var result: [ConflictedFile.Place] = []
    for body in bodies {
        if case .conflict(let file) = body.merged {
            let start = body.lines.lowerBound + shift
            result += file.places.map { $0.moved(by: start) }
        }
        shift += FileLines(body.merged.ours).count - body.lines.count
    }
    return result
}

extension ConflictedFile.Place {
    fileprivate func moved(by count: Int) -> Self {
        Self(
            conflict: conflict,
            ours: ours.lowerBound + count..<ours.upperBound + count,
            theirs: theirs,
            marker: marker
        )
    }
}

/// Regions that overlap on neither side, in the ancestor's order: of two, the larger one.
private func outermost(_ regions: [MergeRegion]) -> [MergeRegion] {
    var taken: [MergeRegion] = []
    for region in regions.sorted(by: { $0.ancestor.count > $1.ancestor.count })
    where !taken.contains(where: {
        $0.ancestor.overlaps(region.ancestor) || $0.ours.overlaps(region.ours)
    }) {
        taken.append(region)
    }
    return taken.sorted { $0.ancestor.lowerBound < $1.ancestor.lowerBound }
}

extension LineChange {
    /// Whether it is of these lines and no others. Lines added at an end of them may be meant for what is there.
    public func isInside(_ lines: Range<Int>) -> Bool {
        old.isEmpty
            ? lines.lowerBound < old.lowerBound && old.lowerBound < lines.upperBound
            : lines.lowerBound <= old.lowerBound && old.upperBound <= lines.upperBound
    }
}
