// SPDX-License-Identifier: GPL-2.0-only

/// How many candidates a message lists.
public let candidateLimit = 5

/// The values whose names are nearest to `name` by edit distance, best first; only those that share enough with it to
/// be worth reading, and at most `candidateLimit`.
public func nearest<Value>(to name: String, among values: [Value], by key: (Value) -> String) -> [Value] {
    let wanted = Array(name.lowercased().utf8)
    // No name that a person typed is longer, and the work grows with the square of it.
    guard wanted.count <= 256 else { return [] }
    let farthest = max(3, wanted.count * 2 / 5)
    let scored = values.enumerated().compactMap {
        order,
        value -> (order: Int, value: Value, distance: Int)? in
        let other = key(value).lowercased().utf8
        guard abs(other.count - wanted.count) <= farthest else { return nil }
        return (order, value, editDistance(wanted, Array(other)))
    }
    return
        scored
        .filter { $0.distance <= farthest }
        .sorted { ($0.distance, $0.order) < ($1.distance, $1.order) }
        .prefix(candidateLimit)
        .map(\.value)
}

/// What was probably meant, as a note below an error; none if nothing is known.
public func didYouMean(_ text: String, _ known: [String]) -> [String] {
    let near = nearest(to: text, among: known, by: { $0 })
    if !near.isEmpty { return ["did you mean \(near.prefix(3).joined(separator: ", "))?"] }
    return known.isEmpty ? [] : ["known are \(known.joined(separator: ", "))"]
}

/// Levenshtein distance.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
