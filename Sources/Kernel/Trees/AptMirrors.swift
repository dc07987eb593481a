// SPDX-License-Identifier: GPL-2.0-only

/// The mirrors that this machine's apt is configured with.
struct AptMirrors {
    /// (address, suite) of every configured source, in apt's order.
    let sources: [(uri: String, suite: String)]

    /// Asks apt for its configuration. Works without any package list on the
    /// machine: `--no-release-info` makes apt answer from the configuration
    /// alone, with $(RELEASE) as the suite's name.
    static func configured() async throws(ToolError) -> AptMirrors {
        let result = try await Tool("apt-get").run(
            ["indextargets", "--no-release-info", "--format", "$(REPO_URI)|$(RELEASE)"]
        ).required()
        return AptMirrors(result.outputText)
    }

    init(_ targets: String) {
        sources = targets.split(separator: "\n").compactMap { line in
            guard let bar = line.lastIndex(of: "|") else { return nil }
            let uri = line[..<bar]
            // An installation disc has nothing but the release it was made for.
            if uri.hasPrefix("cdrom:") { return nil }
            return (String(uri), String(line[line.index(after: bar)...]))
        }
    }

    /// The mirror of an archive: the first source that serves one of its suites.
    func mirror(of archive: String, in suites: Suites) -> String? {
        let served = suites.served[archive] ?? []
        return sources.first { served.contains($0.suite) }?.uri
    }
}
