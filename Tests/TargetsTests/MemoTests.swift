// A load with memos against one without: the same graph, whatever was edited.

import Fingerprints
import Host
import Snapshots
import Store
import Targets
import TestSupport
import Testing

@Suite struct MemoTests {
  @Test func randomEditsGiveTheGraphOfAFreshLoad() throws {
    for seed in 0..<3 as Range<UInt64> {
      var random = Random(seed)
      var fixture = try Fixture(
        ["macros/p.star": "def mac(name):\n    group(name=name)\n", "BUILD": "group(name='top')"], isRemembering: true)
      fixture.options.preludeGlobs = ["macros/*.star"]
      fixture.options.unmatchedGlobs = .warn
      fixture.options.unknownTargets = .warn
      for step in 0..<25 {
        let directory = ["a", "a/b", "c"][random.next(3)]
        switch random.next(10) {
        case 0...1:
          try fixture.write([
            "\(directory)/f\(random.next(4)).sh": [". a/f1.sh", "", ". ./f2.sh", ". f3.sh"][random.next(4)]
              + ["", "\n# more", "\n# other"][random.next(3)]
          ])
        case 2: try? Files.remove("\(fixture.folder.path)/ws/\(directory)/f\(random.next(4)).sh")
        case 3...5:
          let extra = [
            "", "\n\n", "mac('m')", "unknown()", "group(name=env('E', 'e'))", "group(name='r', description=read_file('//data.txt'))",
          ]
          let defaults = ["", "__defaults__({scripts: {'timeout': \(1 + random.next(3))}})\n"][random.next(2)]
          try fixture.write(["\(directory)/BUILD": defaults + "scripts(name='s')\n" + extra[random.next(5)]])
        case 6: try fixture.write(["BUILD": "__defaults__(all=dict(tags=['\(random.next(3))']))\ngroup(name='top')"])
        case 7: try fixture.write(["macros/p.star": "def mac(name):\n    group(name=name, description='\(random.next(3))')\n"])
        case 8:
          let value = random.next(3)
          fixture.options.environment = { $0 == "E" && value > 0 ? "e\(value)" : nil }
        default: fixture.options.unmatchedGlobs = [.ignore, .warn][random.next(2)]
        }
        try fixture.write(["data.txt": "d\(random.next(2))"])
        let remembered = try fixture.load().described()
        let fresh = try fixture.load(with: Store.disabled()).described()
        #expect(remembered == fresh, "seed \(seed), step \(step)")
        #expect(try fixture.load().described() == fresh, "seed \(seed), step \(step), again")
      }
    }
  }

  @Test func whitespaceChangesNoTarget() throws {
    let fixture = try Fixture(["a/BUILD": "scripts()", "a/x.sh": ""], isRemembering: true)
    let before = try fixture.load().described()
    try fixture.write(["a/BUILD": "# said twice\nscripts( )\n"])
    #expect(try fixture.load().described() == before)
  }

  @Test func tracesAreVerifiedNewestFirst() throws {
    let fixture = try Fixture([:], isRemembering: true)
    let memo = Memo("test", in: fixture.store) { $0.write("k") }
    let question = Question.environment("X")
    func answering(_ value: UInt64) -> (Question) -> Fingerprint? { { _ in Fingerprint(high: 1, low: value) } }
    for value in 0..<10 as Range<UInt64> {
      let bytes = [UInt8](repeating: UInt8(value), count: value.isMultiple(of: 2) ? 10 : 5000)
      fixture.store.put(batch: memo.entries(recording: bytes, questions: [question], answering(value)))
    }
    guard fixture.store.isPersistent else { return }
    #expect(memo.find(answering(9))?.count == 5000)
    #expect(memo.find(answering(2))?.first == 2)
    #expect(memo.find(answering(1)) == nil, "only eight are kept")
    #expect(memo.find(answering(77)) == nil)
    #expect(memo.find { _ in nil } == nil)
  }

  /// A small generator of its own, so that a failure can be run again.
  struct Random {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }
}
