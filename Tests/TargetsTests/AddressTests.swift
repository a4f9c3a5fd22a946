// Addresses: how they are printed, and what a written one stands for.

import Fingerprints
import Targets
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    (Address(directory: "a/b", name: "x"), "a/b:x"),
    (Address(directory: "a/b", name: "b"), "a/b:b"),
    (Address(directory: "", name: "x"), "//:x"),
    (Address(directory: "a/b", name: "x", generated: .file("f.sh")), "a/b/f.sh:x"),
    (Address(directory: "a/b", name: "b", generated: .file("f.sh")), "a/b/f.sh"),
    (Address(directory: "a/b", name: "b", generated: .file("c/d/f.sh")), "a/b/c/d/f.sh:../../b"),
    (Address(directory: "", name: "x", generated: .file("f.sh")), "//f.sh:x"),
    (Address(directory: "a/b", name: "x", generated: .named("g")), "a/b:x#g"),
    (Address(directory: "a/b", name: "b", generated: .named("g")), "a/b#g"),
    (Address(directory: "a/b", name: "b", parameters: [.init(key: "r", value: "1")]), "a/b@r=1"),
    (Address(directory: "a", name: "x", parameters: [.init(key: "r", value: "1"), .init(key: "q", value: "2")]), "a:x@q=2,r=1"),
    (Address(directory: "a", name: "a", generated: .file("f.sh"), parameters: [.init(key: "r", value: "1")]), "a/f.sh@r=1"),
  ]) func printedAndParsedBack(address: Address, text: String) throws {
    #expect(address.description == text)
    let input = try AddressInput(parsing: text)
    #expect(input.address(isFile: address.file != nil) == address)
    var writer = ByteWriter()
    writer.write(address)
    var reader = ByteReader(writer.bytes)
    #expect(try reader.readAddress() == address)
    #expect(reader.isAtEnd)
  }

  @Test(arguments: [
    (":x", "d/e:x"), ("//:x", "//:x"), ("./f.sh", "d/e/f.sh"), ("../f.sh:y", "d/f.sh:y"), ("a", "a:a"), ("//a/b:c", "a/b:c"),
    ("a/c/f.sh:../y", "a/c/f.sh:../y"),
  ]) func seenFromABuildFile(text: String, expected: String) throws {
    let input = try AddressInput(parsing: text, in: "d/e")
    #expect(input.address(isFile: text.contains(".sh"))?.description == expected)
  }

  @Test(arguments: [
    ("", AddressInput.Malformed.empty), ("a:", .emptyTarget), ("/a:b", .absolutePath), ("../a:b", .leavesWorkspace),
    ("a:b/c", .badName("b/c")), ("a@b=1,c", .badParameters("c")),
  ]) func malformed(text: String, reason: AddressInput.Malformed) {
    #expect(throws: reason) { try AddressInput(parsing: text) }
  }
}
