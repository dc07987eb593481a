// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Reads review.yml.
struct ReviewReader {
    let path: String

    func read(_ bytes: [UInt8]) throws(SeriesError) -> Review {
        let top = try ManifestNode(bytes, file: path)
        let fields = try top.fields(["thread", "people", "points", "tags"])
        var people: [Review.Person] = []
        for (key, node) in try fields.required("people", of: top).entries() {
            let fields = try node.fields(["name", "email"])
            people.append(
                .init(
                    key: key.text,
                    name: try fields.text("name", of: node),
                    email: try fields["email"]?.string()
                )
            )
        }
        var points: [Review.Point] = []
        for (key, node) in try fields.required("points", of: top).entries() {
            points.append(try point(key.text, key.node.line, node, people))
        }
        var tags: [Review.Tag] = []
        for row in try fields["tags"]?.list() ?? [] {
            let fields = try row.fields(["tag", "message", "patch"])
            tags.append(
                .init(
                    text: try fields.text("tag", of: row),
                    messages: try fields["message"]?.numbers() ?? [],
                    patch: try fields["patch"]?.string()
                )
            )
        }
        return Review(
            thread: try thread(try fields.required("thread", of: top)),
            people: people,
            points: points,
            tags: tags,
            path: path
        )
    }

    private func thread(_ node: ManifestNode) throws(SeriesError) -> Review.Thread {
        let fields = try node.fields(["subject", "message-id", "link", "messages"])
        return .init(
            subject: try fields.text("subject", of: node),
            messageID: try fields.text("message-id", of: node),
            link: try fields.text("link", of: node),
            messages: try fields["messages"]?.strings() ?? []
        )
    }

    private func place(_ node: ManifestNode) throws(SeriesError) -> Review.Place {
        let fields = try node.fields(["patch", "file", "function", "line"])
        return .init(
            patch: try fields.text("patch", of: node),
            file: try fields.text("file", of: node),
            function: try fields["function"]?.string(),
            line: try fields.required("line", of: node).number()
        )
    }

    private func point(
        _ name: String,
        _ line: Int,
        _ node: ManifestNode,
        _ people: [Review.Person]
    ) throws(SeriesError) -> Review.Point {
        let fields = try node.fields([
            "who", "message", "at", "quote", "says", "status", "decision", "reason", "declined", "debate",
        ])
        let state = try fields.required("status", of: node)
        guard let status = Review.Status(rawValue: try state.string()) else {
            let known = Review.Status.allCases.map(\.rawValue)
            throw state.failure(
                "'\(try state.string())' is not a status",
                didYouMean(try state.string(), known)
            )
        }
        var debate: [Review.Remark] = []
        for row in try fields["debate"]?.list() ?? [] {
            let remark = try row.fields(["who", "message", "says"])
            debate.append(
                .init(
                    who: try who(try remark.required("who", of: row), people),
                    messages: try remark["message"]?.numbers() ?? [],
                    says: try remark.text("says", of: row)
                )
            )
        }
        return .init(
            name: name,
            who: try fields["who"].map { node throws(SeriesError) in try who(node, people) } ?? [],
            messages: try fields["message"]?.numbers() ?? [],
            says: try fields.text("says", of: node),
            place: try fields["at"].map { node throws(SeriesError) in try place(node) },
            quote: try fields["quote"]?.string(),
            status: status,
            decision: try fields["decision"]?.string(),
            reason: try fields["reason"]?.string(),
            declined: try fields["declined"]?.string(),
            debate: debate,
            line: line
        )
    }

    private func who(_ node: ManifestNode, _ people: [Review.Person]) throws(SeriesError) -> [String] {
        let keys = try node.strings()
        for key in keys where !people.contains(where: { $0.key == key }) {
            throw node.failure("'\(key)' is not one of the people", didYouMean(key, people.map(\.key)))
        }
        return keys
    }
}

extension ManifestNode {
    /// A positive number, or a list of them.
    fileprivate func numbers() throws(SeriesError) -> [Int] {
        if isText { return [try number()] }
        var result: [Int] = []
        for element in try list() { result.append(try element.number()) }
        return result
    }

    func number() throws(SeriesError) -> Int {
        guard let number = Int(try string()), number > 0 else {
            throw failure("a positive number is expected here")
        }
        return number
    }
}
