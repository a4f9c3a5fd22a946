// No text may hang, crash or exhaust the machine: nesting, length, steps, memory, depth.

import Diagnostics
import Starlark
import Testing

private func limits(steps: Int = 50_000_000, heap: Int = 256 << 20) -> EvaluationLimits {
  var limits = EvaluationLimits()
  limits.steps = steps
  limits.heapBytes = heap
  return limits
}

@Suite struct BoundsTests {
  @Test(arguments: [
    "(", "[", "{", "-", "not ", "lambda: ", "f(", "{1:", "x[", "1 if 1 else ", "[x for x in ", "[*", "{**", "f(**", "for [", "f'{",
    "if 1:\n ",
  ])
  func nestingIsAnErrorAndNoCrash(piece: String) {
    let outcome = evaluate(String(repeating: piece, count: 1_000_000 / piece.utf8.count))
    #expect(!outcome.errors.isEmpty)
  }

  @Test(arguments: [("1", "+1", "100001"), ("0", " or 0", "0"), ("1", " and 1", "1"), ("[1]", "[:]", "[1]"), ("''", ".strip()", "\"\"")])
  func longChainsWork(first: String, piece: String, expected: String) {
    let outcome = evaluate("x = \(first)\(String(repeating: piece, count: 100_000))\nprint(repr(x))", limits: limits(heap: 1 << 34))
    #expect(outcome.errors.isEmpty)
    #expect(outcome.printed == [expected])
  }

  @Test func longDisplaysAndCallsWork() {
    let items = (0..<20_000).map(String.init).joined(separator: ", ")
    let outcome = evaluate(
      "l = [\(items)]\nt = (\(items))\nprint(len(l), len(t), max(\(items)))\nd = {\((0..<5000).map { "\($0): 1" }.joined(separator: ","))}")
    #expect(outcome.errors.isEmpty)
    #expect(outcome.printed == ["20000 20000 19999"])
  }

  @Test func elifChainsWork() {
    let outcome = evaluate(
      "x = -1\nif x == 0:\n  pass\n" + (0..<20_000).map { "elif x == \($0): pass\n" }.joined() + "else: print('end')\n")
    #expect(outcome.printed == ["end"])
  }

  @Test(arguments: [
    ("for i in range(10000000000): pass", "takes too long"),
    ("for i in range(1000000):\n  for j in range(1000000):\n    x = i\n", "takes too long"),
    ("l = []\nfor i in range(100000000): l.append(i)", "memory"),
    ("s = 'x'\nfor i in range(100): s += s", "memory"),
    ("l = [0]\nfor i in range(100): l += l", "memory"),
    ("x = 'a'.replace('', 'b' * 1000000) * 1000000", "memory"),
    ("x = '%1000000000d' % 1", "too wide"),
    ("x = 'a'.rjust(100000000000)", "memory"),
  ])
  func budgetsHold(source: String, message: String) {
    let outcome = evaluate(source, limits: limits(steps: 5_000_000, heap: 8 << 20))
    #expect(outcome.errors.first?.message.contains(message) == true, "\(outcome.errors)")
  }

  @Test func manyShortLivedValuesAreNoMemory() {
    let outcome = evaluate("for i in range(100000): x = 'abc' * 100", limits: limits(heap: 1 << 20))
    #expect(outcome.errors.isEmpty)
  }

  @Test func depthIsBounded() {
    let functions = (0..<300).map { "def f\($0)(): return f\($0 + 1)()\n" }.joined() + "def f300(): return 1\nf0()\n"
    let outcome = evaluate(functions)
    #expect(outcome.errors.first?.message.contains("nested too deeply") == true)
    #expect(outcome.errors.first?.callStack.count == 200)
  }

  @Test(arguments: [
    "x = [x]", "x = (x,)", "x = {1: x}", "x = struct(a = x)", "x = (lambda y: lambda: y)(x)", "x = [x].append",
    "x = (lambda: 1) if not x else [{'a': (x,)}]",
  ])
  func deepValuesAreLetGo(step: String) {
    let outcome = evaluate("def f():\n  x = []\n  for i in range(200000):\n    \(step)\n  return x\ny = f()\ns = repr(y)[:10]\n")
    #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    if let module = outcome.module { _ = module.freeze() }
  }

  /// Mutated programs are errors or run; nothing traps.
  @Test func mutationsNeverTrap() {
    var seed: UInt64 = 42
    func random(_ count: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % count
    }
    let base = Array(
      """
      def f(a, b = 2, *c, d, **e):
        x = [i for i in range(a) if i % 2 == 0 or not b]
        for (k, v) in e.items():
          x += [k, f"{v!r:>{b}}", "%s" % v, -1]
        return {"x": x[1:-1], **e} if d else (c, x)
      load("m", y = "z")
      print(f(1, d = True, *[1, 2], **{"q": 1.5e3}), 'a' "b", r"\\", b"x", 0x1F)
      """.utf8)
    let alphabet = Array("()[]{}:,.=+-*/%'\"\\\n \tfrb01x#&|^~<>!é\u{0}".utf8)
    for _ in 0..<3000 {
      var bytes = base
      for _ in 0..<(1 + random(4)) {
        let at = random(bytes.count)
        switch random(4) {
        case 0: bytes.remove(at: at)
        case 1: bytes.insert(alphabet[random(alphabet.count)], at: at)
        case 2: bytes[at] = UInt8(random(256))
        default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + random(20))], at: random(bytes.count))
        }
      }
      let thread = EvaluationThread(limits: limits(steps: 10_000, heap: 1 << 20))
      if let program = try? Program.compile(source: bytes, file: "f", dialect: .buildFile) { _ = try? program.run(on: thread) }
    }
  }
}
