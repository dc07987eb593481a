// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

extension Repository {
    /// From here on new objects are stored as zlib streams that are not deflated: to deflate takes longer than all else
    /// that a commit is made of, libgit2 does it whatever the level in the configuration, and `git gc` does it again when
    /// it packs the objects.
    ///
    /// They stay one file each. A pack were fewer system calls, but git makes none of less than 100 objects for a reason:
    /// it looks into every pack for each object, and collects garbage when there are 50.
    ///
    /// Where the configuration asks for another way, the library's own is left to it.
    func storeObjectsUndeflated() throws(GitError) {
        let keys = #"^core\.(loosecompression|compression|fsyncobjectfiles)$"#
        guard try !readableConfiguration().hasMatch(keys) else { return }
        var raw = git_odb_backend()
        try check(
            git_odb_init_backend(&raw, UInt32(GIT_ODB_BACKEND_VERSION)),
            "prepare to store objects"
        )
        raw.write = { backend, id, content, count, type in
            // Whatever goes wrong: the library's own backend is next, and says so if that fails, too.
            guard let backend, let id, let content, let type = git_object_type2string(type) else { return -1 }
            let folder = UnsafeRawPointer(backend).assumingMemoryBound(to: LooseWriter.self).pointee.folder
            let object = storedObject(
                String(cString: type),
                UnsafeRawBufferPointer(start: content, count: count)
            )
            let name = ObjectID(id.pointee).description
            return store(object, as: name, in: String(cString: folder)) ? 0 : -1
        }
        raw.free = { backend in
            guard let backend else { return }
            let writer = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: LooseWriter.self)
            free(writer.pointee.folder)
            writer.deallocate()
        }
        let writer = UnsafeMutablePointer<LooseWriter>.allocate(capacity: 1)
        writer.initialize(to: LooseWriter(backend: raw, folder: strdup(commonDirectory + "objects/")))
        let backend = UnsafeMutableRawPointer(writer).assumingMemoryBound(to: git_odb_backend.self)
        // Before the library's own, which have 1 and 2, behind that of `useMemoryObjects`. The database owns it.
        try check(git_odb_add_backend(objects.pointer, backend, 10), "prepare to store objects")
    }
}

/// A backend that only writes.
private struct LooseWriter {
    /// All that libgit2 sees; so it comes first.
    let backend: git_odb_backend
    let folder: UnsafeMutablePointer<CChar>
}

/// What is in the file of a loose object: a header and the content, in the blocks that RFC 1951 (3.2.4) calls stored, as
/// a zlib stream (RFC 1950).
private func storedObject(_ type: String, _ content: UnsafeRawBufferPointer) -> [UInt8] {
    let blockLimit = 0xffff
    let header = Array("\(type) \(content.count)\0".utf8)
    var object: [UInt8] = []
    object.reserveCapacity(content.count + content.count / blockLimit * 5 + 64)
    object += [0x78, 0x01]
    // The header has a block of its own.
    func add(_ bytes: some Collection<UInt8>, isLast: Bool) {
        let count = UInt16(bytes.count)
        object.append(isLast ? 1 : 0)
        for number in [count, ~count] { object += [UInt8(number & 0xff), UInt8(number >> 8)] }
        object += bytes
    }
    add(header, isLast: content.isEmpty)
    var start = 0
    while start < content.count {
        let end = min(start + blockLimit, content.count)
        add(UnsafeRawBufferPointer(rebasing: content[start..<end]), isLast: end == content.count)
        start = end
    }
    var sum = Adler32()
    header.withUnsafeBytes { sum.add($0) }
    sum.add(content)
    for shift in [24, 16, 8, 0] { object.append(UInt8(truncatingIfNeeded: sum.value >> shift)) }
    return object
}

/// The check sum of a zlib stream (RFC 1950, 8.2).
private struct Adler32 {
    private var low: UInt32 = 1
    private var high: UInt32 = 0

    var value: UInt32 { high << 16 | low }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let modulus: UInt32 = 65521
        // The most that the sums hold before they overflow.
        for start in stride(from: 0, to: bytes.count, by: 5552) {
            for byte in UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 5552, bytes.count)]) {
                low &+= UInt32(byte)
                high &+= low
            }
            low %= modulus
            high %= modulus
        }
    }
}

/// Puts an object's file in place as a whole; false if that isn't possible.
private func store(_ object: [UInt8], as name: String, in folder: String) -> Bool {
    // `git gc` removes what a killed run leaves under such a name.
    let temporary = folder + "tmp_obj_" + String(UInt64.random(in: 0 ... .max), radix: 36)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
    guard descriptor >= 0 else { return false }
    let isWritten = object.withUnsafeBytes { bytes in
        Result { () throws(GitError) in try writeAll(bytes, to: descriptor, path: temporary) }
    }
    guard close(descriptor) == 0, (try? isWritten.get()) != nil else {
        unlink(temporary)
        return false
    }
    let place = folder + name.prefix(2)
    let path = place + "/" + name.dropFirst(2)
    if rename(temporary, path) == 0 { return true }
    // The first object of that folder.
    if mkdir(place, 0o777) == 0 || errno == EEXIST, rename(temporary, path) == 0 { return true }
    unlink(temporary)
    return false
}
