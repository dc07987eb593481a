// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Generation
import Git

/// Makes sure that lines which a merge carried over stand where the person had them: in the same site, or in the
/// function, struct or table of the same name. A merge goes by the lines around, and those look alike everywhere.
struct PlaceCheck {
    let path: String
    let sites: [SitePair]
    let symbols: [(from: String, to: String)]

    /// What a merge changed where the person never touched anything, and what that is called.
    typealias Stranger = (place: String, change: LineChange)

    private enum Place: Hashable {
        case site(Int)
        case item(String)
        /// Between declarations, or in a file without such.
        case open
    }

    /// Those of a merge, top down; none if all is where it belongs.
    func strangers(old: [UInt8], edited: [UInt8], new: [UInt8], merged: [UInt8]) throws(GitError)
        -> [Stranger]
    {
        guard SourceLanguage(path: path) == .c else { return [] }
        let wanted = try lineChanges(from: old, to: edited)
        let found = try lineChanges(from: new, to: merged)
        let oldPlaces = Places(old, sites.map(\.old))
        let editedPlaces = Places(edited, [])
        var known: Set<Place> = [.open]
        for change in wanted {
            known.formUnion(oldPlaces.places(of: change.old))
            if !change.new.isEmpty { known.formUnion(editedPlaces.places(of: change.new)) }
        }
        for place in known {
            guard case .item(let name) = place else { continue }
            for row in symbols where row.from == name { known.insert(.item(row.to)) }
        }
        let newPlaces = Places(new, sites.map(\.new))
        var result: [Stranger] = []
        for change in found {
            let names = newPlaces.places(of: change.old).subtracting(known).compactMap { place in
                switch place {
                case .site(let index): sites[index].anchor
                case .item(let name): name
                case .open: nil
                }
            }
            if let name = names.min() { result.append((name, change)) }
        }
        return result
    }

    /// The places of one version's lines.
    private final class Places {
        private let sites: [Range<Int>]
        private let bytes: [UInt8]
        /// Read only if some line is in no site.
        private lazy var items = FileItems(bytes)

        init(_ bytes: [UInt8], _ sites: [Range<Int>]) {
            self.bytes = bytes
            self.sites = sites
        }

        func places(of lines: Range<Int>) -> Set<Place> {
            for (index, site) in sites.enumerated() where LineChange(old: lines, new: lines).isInside(site) {
                return [.site(index)]
            }
            return Set(items.names(around: lines).map { $0.map(Place.item) ?? .open })
        }
    }
}
