// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0-only

import PackageDescription

// CI turns every warning into an error; a newer compiler's new warning must
// not stop somebody who only wants to build the tool.
let warnings: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + warnings

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "kpatch-gen",
    products: [
        .executable(name: "kpatch-gen", targets: ["kpatch-gen"]),
        // For .ci/fuzz alone, which links it with libFuzzer's main.
        .library(name: "FuzzTargets", type: .static, targets: ["FuzzTargets"]),
    ],
    dependencies: [
        // Why each of them is here: docs/decisions/0001-dependencies.md
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        .systemLibrary(name: "Clibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "Cglibc"),
        .target(name: "Base", dependencies: ["Cglibc", system], swiftSettings: settings),
        .target(name: "Git", dependencies: ["Base", "Clibgit2"], swiftSettings: settings),
        .target(name: "CSource", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "Merging", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "PatchSeries", dependencies: ["Base", "CSource", yams], swiftSettings: settings),
        .target(name: "Kernel", dependencies: ["Base", subprocess, system, yams], swiftSettings: settings),
        .target(
            name: "VirtualMachine",
            dependencies: ["Base", subprocess, system],
            swiftSettings: settings
        ),
        .target(name: "TestReport", dependencies: ["Base"], swiftSettings: settings),
        .target(
            name: "Generation",
            dependencies: ["Base", "Git", "Kernel", "Merging", "PatchSeries", system],
            swiftSettings: settings
        ),
        .target(
            name: "Importing",
            dependencies: [
                "Base", "CSource", "Generation", "Git", "Kernel", "Merging", "PatchSeries", system,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Rebase",
            dependencies: [
                "Base", "CSource", "Generation", "Git", "Merging", "PatchSeries", system,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Judging",
            dependencies: [
                "Base", "CSource", "Generation", "Git", "Kernel", "PatchSeries", "TestReport",
                "VirtualMachine", system,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Matrix",
            dependencies: [
                "Base", "Generation", "Git", "Judging", "Kernel", "PatchSeries", "TestReport",
                "VirtualMachine",
                system, yams,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "History",
            dependencies: ["Base", "Matrix", "TestReport", grdb, system],
            swiftSettings: settings
        ),
        .target(
            name: "Pages",
            dependencies: ["Base", "History", "Matrix", "TestReport", mustache, system],
            swiftSettings: settings
        ),
        .target(
            name: "KPatchCommands",
            dependencies: [
                "Base", "CSource", "Generation", "Git", "History", "Importing", "Judging", "Kernel", "Matrix",
                "Merging", "Pages",
                "PatchSeries",
                "Rebase",
                "TestReport",
                "VirtualMachine",
                argumentParser, system,
            ],
            swiftSettings: settings
        ),
        .executableTarget(name: "kpatch-gen", dependencies: ["KPatchCommands"], swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: ["Git", "VirtualMachine"],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Base", "CSource", "Importing", "Kernel", "PatchSeries", "TestReport", "VirtualMachine",
            ],
            path: "Tests/Fuzz",
            exclude: ["Corpus"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BaseTests",
            dependencies: ["Base", "TestSupport", system],
            swiftSettings: settings
        ),
        .testTarget(name: "GitTests", dependencies: ["Base", "Git", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "CSourceTests",
            dependencies: ["Base", "CSource", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(name: "MergingTests", dependencies: ["Merging"], swiftSettings: settings),
        .testTarget(
            name: "PatchSeriesTests",
            dependencies: ["Base", "PatchSeries", "CSource", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GenerationTests",
            dependencies: ["Generation", "Git", "PatchSeries", "Base", "TestSupport", system],
            swiftSettings: settings
        ),
        .testTarget(
            name: "JudgingTests",
            dependencies: [
                "Judging", "Generation", "Git", "Kernel", "PatchSeries", "TestReport", "VirtualMachine",
                "Base",
                "TestSupport", system,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MatrixTests",
            dependencies: [
                "Base", "Git", "History", "Matrix", "Pages", grdb, "TestReport", "TestSupport", system,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RebaseTests",
            dependencies: ["Rebase", "Generation", "Git", "PatchSeries", "Base", "TestSupport", system],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "KernelTests",
            dependencies: ["Base", "Kernel", "TestSupport", system],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "VirtualMachineTests",
            dependencies: ["Base", "VirtualMachine", "TestSupport", system],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TestReportTests",
            dependencies: ["TestReport", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Judging", "KPatchCommands", "TestSupport", subprocess, system],
            swiftSettings: settings
        ),
    ]
)
