// The order of addresses is Pants': by folder and what it holds, not by printed bytes.

import Targets
import Testing

@Suite struct OrderTests {
  @Test func addressesAreOrderedAsPantsOrdersThem() {
    let ordered = [
      Address(directory: "", name: "z"), Address(directory: "", name: "reqs", generated: .named("b")),
      Address(directory: "", name: "a", generated: .file("f.x")),
      // The folder's own name first, with its generated targets; then others by name.
      Address(directory: "a", name: "a"), Address(directory: "a", name: "a", generated: .named("g")),
      Address(directory: "a", name: "a", parameters: [.init(key: "k", value: "v")]),
      Address(directory: "a", name: "Z"), Address(directory: "a", name: "b"), Address(directory: "a", name: "b", generated: .named("g")),
      Address(directory: "a", name: "a", generated: .file("one")), Address(directory: "a", name: "b", generated: .file("one")),
      Address(directory: "a", name: "b", generated: .file("s/two")), Address(directory: "a", name: "b", generated: .file("s-/two")),
      Address(directory: "a/b", name: "b"), Address(directory: "a-b", name: "c"),
    ]
    // The root's have no default name.
    let expected = [ordered[1], ordered[0]] + ordered[2...]
    #expect(ordered.reversed().sorted() == expected)
    for (index, address) in expected.enumerated() {
      for other in expected.indices { #expect((address < expected[other]) == (index < other)) }
    }
  }
}
