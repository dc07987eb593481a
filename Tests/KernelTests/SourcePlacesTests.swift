// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import Kernel

/// Places in an object that was compiled without debug information, against the lines of its source.
@Suite struct SourcePlacesTests {
    private static let source = """
        extern int other(int);
        static inline __attribute__((always_inline)) int inner(int x)
        {
        	return other(x) + 1;
        }

        __attribute__((noinline)) static int twin(int x)
        {
        	return other(x) * 3;
        }

        int outer(int x)
        {
        	x = inner(x);
        	return twin(x) + 2;
        }
        """

    /// A build folder with one object and kbuild's note about it.
    private func build(_ scratch: Scratch, note: String? = nil) async throws -> KernelBuild {
        try scratch.write(Self.source, to: "linux/virt/a.c")
        try Files.makeFolder(scratch["out/virt"])
        let command =
            "gcc -Wp,-MMD,virt/.a.o.d -O2 -DNAME='\"a b\"' -ffile-prefix-map=\(scratch["linux"])/= -c -o virt/a.o \(scratch["linux/virt/a.c"])"
        let made = try await Tool("sh").run(["-c", command], in: scratch["out"])
        #expect(made.status.isSuccess, "\(made.errorText)")
        try scratch.write(
            "savedcmd_virt/a.o := \(note ?? "\(command)  ; ./tools/objtool/objtool --mcount virt/a.o")\n\nsource_virt/a.o := x\n",
            to: "out/virt/.a.o.cmd"
        )
        // As kbuild links all objects into one since 6.1: the same functions once more.
        let linked = try await Tool("ld").run(["-r", "-o", "vmlinux.o", "virt/a.o"], in: scratch["out"])
        #expect(linked.status.isSuccess, "\(linked.errorText)")
        try scratch.write("savedcmd_vmlinux.o := ld -r -o vmlinux.o virt/a.o\n", to: "out/.vmlinux.o.cmd")
        return try KernelBuild(source: scratch["linux"], output: scratch["out"], ccache: false)
    }

    private func size(of function: String, _ build: KernelBuild) async throws -> Int {
        let table = try await Tool("nm").run(["-S", build.output.appending("virt/a.o").string]).outputText
        let line = try #require(table.split(separator: "\n").first { $0.hasSuffix(" \(function)") })
        return try #require(Int(line.split(separator: " ")[1], radix: 16))
    }

    @Test func inlinedFunctionsAndLines() async throws {
        let scratch = try Scratch()
        let build = try await build(scratch)
        let size = try await size(of: "outer", build)
        let places = (1..<size).map {
            // The kernel counts up to the next function.
            CodePlace(function: "outer", offset: $0, size: size + 9, isReturn: false)
        }
        let before = try Files.names(in: build.output)
        let frames = try await SourcePlaces(build).frames(of: Set(places))
        #expect(frames.count == places.count)
        let inlined = frames.values.filter { $0.count == 2 }
        #expect(!inlined.isEmpty)
        for stack in inlined {
            #expect(stack[0].function == "inner" && stack[0].line == 4 && stack[0].isInlined)
            #expect(stack[1] == SourceFrame(function: "outer", file: "virt/a.c", line: 14, isInlined: false))
        }
        #expect(frames.values.contains { $0.count == 1 && $0[0].line == 15 })
        #expect(frames.values.joined().allSatisfy { $0.file == "virt/a.c" })
        // Nothing is left, and the object is the one that it was.
        #expect(try Files.names(in: build.output) == before)
        #expect(try await self.size(of: "outer", build) == size)
    }

    @Test func whatDoesNotFitIsLeftOut() async throws {
        let scratch = try Scratch()
        let build = try await build(scratch)
        let size = try await size(of: "outer", build)
        let places = [
            CodePlace(function: "outer", offset: 2, size: size + 100, isReturn: true),
            CodePlace(function: "outer", offset: size + 5, size: size + 9, isReturn: true),
            CodePlace(function: "nobody", offset: 2, size: 10, isReturn: true),
        ]
        #expect(try await SourcePlaces(build).frames(of: Set(places)) == [:])
    }

    @Test(arguments: [
        "gcc $(shell id) -c -o virt/a.o x.c", "gcc `id` -c -o virt/a.o x.c", "false -c -o virt/a.o x", "",
    ])
    func aCommandThatCannotBeRunIsNone(note: String) async throws {
        let scratch = try Scratch()
        let build = try await build(scratch, note: note)
        let size = try await size(of: "outer", build)
        let place = CodePlace(function: "outer", offset: 2, size: size, isReturn: true)
        #expect(try await SourcePlaces(build).frames(of: [place]) == [:])
    }

    @Test func timeIsBounded() async throws {
        let scratch = try Scratch()
        let build = try await build(scratch, note: "sleep 60 -c -o virt/a.o")
        let size = try await size(of: "outer", build)
        var limits = SourcePlaces.Limits()
        limits.time = .seconds(1)
        let start = ContinuousClock.now
        let place = CodePlace(function: "outer", offset: 2, size: size, isReturn: true)
        #expect(try await SourcePlaces(build, limits: limits).frames(of: [place]) == [:])
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func wordsOfACommand() {
        let words = { (text: String) in ShellWords.first(of: text[...]) }
        #expect(
            words(#"gcc -DA='"a b"' -DB=\"c\" "x y" '' -o a.o ; rm x"#) == [
                "gcc", #"-DA="a b""#, #"-DB="c""#, "x y", "", "-o", "a.o",
            ]
        )
        #expect(words("a && b") == ["a"])
        for text in ["a 'b", "a $b", "a `b`", "a > b", "a \\", "a \"$b\""] { #expect(words(text) == nil) }
    }
}

/// How many objects make would compile, told by kbuild's notes.
@Suite struct WorkAheadTests {
    @Test func objectsFollowFromChangedFiles() throws {
        let scratch = try Scratch()
        let build = try KernelBuild(source: scratch["linux"], output: scratch["out"], ccache: false)
        let source = scratch["linux"].string
        for (name, files) in [
            ("virt/kvm/main", ["virt/kvm/../../virt/kvm/main.c", "include/kvm.h"]),
            ("init/main", ["init/main.c"]),
            ("init/other", ["init/other.c", "include/kvm.h"]),
        ] {
            let folder = name.split(separator: "/").dropLast().joined(separator: "/")
            let last = name.split(separator: "/").last ?? ""
            try scratch.write("", to: "out/\(name).o")
            try scratch.write(
                "savedcmd_\(name).o := gcc\n\ndeps_\(name).o := \\\n"
                    + files.map { "  \(source)/\($0) \\\n" }.joined(),
                to: "out/\(folder)/.\(last).o.cmd"
            )
        }
        for file in ["virt/kvm/main.c", "include/kvm.h", "init/main.c", "init/other.c"] {
            try scratch.write("x", to: "linux/\(file)")
            try age(scratch["linux/\(file)"], by: 100)
        }
        #expect(build.objects(toFollow: ["include/kvm.h", "init/main.c"]) == 0)
        try age(scratch["linux/include/kvm.h"], by: -100)
        #expect(build.objects(toFollow: ["include/kvm.h", "init/main.c"]) == 2)
        try age(scratch["linux/virt/kvm/main.c"], by: -100)
        #expect(build.objects(toFollow: ["virt/kvm/main.c"]) == 1)
        try Files.remove(scratch["linux/init/other.c"])
        #expect(build.objects(toFollow: ["init/other.c"]) == 1)
        #expect(build.objects(toFollow: []) == 0)
    }

    @Test func changesAreKnownSinceTheSourceWasFilled() throws {
        let scratch = try Scratch()
        let build = try KernelBuild(source: scratch["linux"], output: scratch["out"], ccache: false)
        try Files.makeFolder(build.source)
        let image = scratch["out/image"]
        #expect(SourceChanges(of: build.source).objects(in: build, since: image) == nil)
        var changes = SourceChanges(of: build.source)
        try changes.add((0..<3000).map { "file\($0)" })
        try scratch.write("", to: "out/image")
        // As old as the source: nobody knows what came first.
        try age(image, by: 100)
        #expect(SourceChanges(of: build.source).objects(in: build, since: image) == nil)
        try age(image, by: -100)
        #expect(SourceChanges(of: build.source).objects(in: build, since: image) == 0)
    }

    @Test func aNewConfigurationIsNoMatterOfTheSource() throws {
        let scratch = try Scratch()
        let build = try KernelBuild(source: scratch["linux"], output: scratch["out"], ccache: false)
        try scratch.write("", to: "out/.config")
        #expect(build.isConfiguredAnew(since: "image"))
        try scratch.write("", to: "out/image")
        try age(scratch["out/.config"], by: 100)
        #expect(!build.isConfiguredAnew(since: "image"))
        try age(scratch["out/.config"], by: -100)
        #expect(build.isConfiguredAnew(since: "image"))
    }

    private func age(_ path: FilePath, by seconds: Int) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -Double(seconds))],
            ofItemAtPath: path.string
        )
    }
}
