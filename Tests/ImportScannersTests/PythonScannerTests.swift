// What a Python source imports: a source in, its imports out.

import ImportScanners
import Testing

@Suite struct PythonScannerTests {
  @Test(arguments: [
    ("import a", "1:a"),
    ("import a.b", "1:a.b"),
    ("import a as x", "1:a"),
    ("import a, b.c as d, e", "1:a 1:b.c 1:e"),
    ("import a . b", "1:a.b"),
    ("from a import b", "1:a.b"),
    ("from a.b import c, d as e", "1:a.b.c 1:a.b.d"),
    ("from a import *", "1:a"),
    ("from . import b", "1:.b"),
    ("from .a import b", "1:.a.b"),
    ("from ...a import b", "1:...a.b"),
    ("from . . .a import b", "1:...a.b"),
    ("from .import b", "1:.b"),
    ("from..a import(b)", "1:..a.b"),
    ("from .. import *", "1:.."),
    ("from .a import *", "1:.a"),
    ("from a import (\n  b,\n\n  c as d,  # why\n  e\n)", "2:a.b 4:a.c 5:a.e"),
    ("from a import (b, c,); import d", "1:a.b 1:a.c 1:d"),
    ("import \\\n  a.b, \\\n  c", "2:a.b 3:c"),
    ("from a \\\n  import \\\n  b", "3:a.b"),
    ("from a import \\\n  *", "2:a"),
    ("import a; import b;import c", "1:a 1:b 1:c"),
    ("if x: import a", "1:a"),
    ("if TYPE_CHECKING:\n  from a import b", "2:a.b"),
    ("class A:\n  def f(self):\n    if 1:\n\timport a", "4:a"),
    ("async def f():\n  async with x: import a", "2:a"),
    ("lazy import a\nlazy from b import c", "1:a 2:b.c"),
    ("from __future__ import annotations, division\nimport a", "2:a"),
    ("from __future__ import (\n  annotations,\n)\nimport a", "4:a"),
    ("import é.日本", "1:é.日本"),
  ]) func statements(source: String, expected: String) {
    #expect(imports(source) == expected)
  }

  @Test(arguments: [
    "raise A from b", "raise A from b.c", "x = yield from a", "def f():\n  return (yield from a)", "important = 1", "reimport = from_ = 2",
    "# import a", "'import a'", "\"\"\"\nimport a\nfrom b import c\n\"\"\"", "'''\nimport a''' 'import b'", "r'\\'\nx = '''\nimport a\n'''",
    "b'''\nimport a\n'''", "'\\\nimport a'", "f'''\nimport a\n'''", "f'{x}import a'", "rf'''{x}\nimport a\n'''", "x.import_module(a)",
    "'x' # '\n# import a", "a = [\n  'import b',\n  # import c\n]", "print(f'{x!r:>{w}}', '''\nimport a''')", "",
    "\\", "import", "from", "from a", "from a import", "import .", "from . import", "from a import (", "import 1", "# coding: x",
  ]) func nothing(source: String) {
    #expect(imports(source) == "")
  }

  /// Behind each of these literals, a statement is found.
  @Test(arguments: [
    "''", "\"\"", "''''''", "'\\''", "'\\\\'", "r'\\\\'", "r'\\''", "'\"'", "'''a'b''c'''", "'''\\'''a'''", "\"\"\"'''\"\"\"", "b'x'",
    "Rb'x'", "bR'x'", "uR'x'",
    "u'x'", "f''", "f'{x}'", "f'{{'", "f'{{{x}}}'", "f'{x:{y}}'", "f'{x!r:^{w}.{p}}'", "f'{x[\"a\"]}'", "f\"{x['}']}\"", "f\"{x:'>10}\"",
    "f'{x:%H:%M}'",
    "f'{(lambda x: 1)(2)}'", "f'{ {1: 2}[1] }'", "f'{x[1:2]}'", "f'{x = }'", "f\"{a[\"b\"]}\"", "f'{f'{f'{1}'}'}'", "f'''{\n  x  # }\n}'''",
    "f'{\nx\n}'",
    "f'\\N{DIGIT ONE}'", "f'\\{x}'", "rf'\\{x}'", "f'{x:\\n}'", "fr'{x}\\''", "t'{x}'", "f'''{x:\n}'''", "f'{\"\"\"}\"\"\"}'",
    "f'{x}' '{' f'{y}'", "('a'\n'b')",
    "'a' \\\n'b'", "1if'x'else 0", "f'{x:{{}}}'",
  ]) func literalsEnd(literal: String) {
    #expect(imports("x = \(literal); import a\n").hasSuffix(":a"), "\(literal)")
    #expect(imports("f(\(literal), \(literal))\nimport a\n").hasSuffix(":a"), "\(literal)")
  }

  @Test(arguments: [
    ("try: import a\nexcept ImportError: import b", "1:a? 2:b"),
    (
      "try:\n  import a\n  from b import c\nexcept ImportError:\n  import d\nelse:\n  import e\nfinally:\n  import f\nimport g",
      "2:a? 3:b.c? 5:d 7:e 9:f 10:g"
    ),
    ("try:\n  import a\nexcept ModuleNotFoundError as e:\n  pass", "2:a?"),
    ("try:\n  import a\nexcept ImportError as e: pass", "2:a?"),
    ("try:\n  import a\nexcept ImportError, e: pass", "2:a?"),
    ("try:\n  import a\nexcept (ValueError, ImportError): pass", "2:a?"),
    ("try:\n  import a\nexcept (\n  ValueError,  # no\n  ImportError,\n): pass", "2:a?"),
    ("try:\n  import a\nexcept [ImportError, A]: pass", "2:a?"),
    ("try:\n  import a\nexcept {A, ImportError}: pass", "2:a?"),
    ("try:\n  import a\nexcept* ImportError: pass", "2:a?"),
    ("try:\n  import a\nexcept A, ImportError: pass", "2:a?"),
    ("try:\n  import a\nexcept A: import b\nexcept ImportError: pass", "2:a? 3:b"),
    ("try:\n  import a\nexcept A:\n  try: import b\n  except ImportError: import c", "2:a 4:b? 5:c"),
    ("try:\n  try:\n    import a\n  except A:\n    import b\nexcept ImportError:\n  import c", "3:a? 5:b? 7:c"),
    ("try:\n  def f():\n    import a\n# comment\n\n  import b\nexcept ImportError: pass", "3:a? 6:b?"),
    ("try:\n  __import__('a')\nexcept ImportError: pass", "2:a?"),
    ("if 1:\n  try:\n    import a\n  except ImportError:\n    a = None\nimport b", "3:a? 6:b"),
    ("if 1:\n  try:\n    import a\nexcept ImportError: pass", "3:a"),
    ("try: import a\nexcept A: pass", "1:a"),
    ("try: import a\nexcept: pass", "1:a"),
    ("try: import a\nexcept Exception: pass", "1:a"),
    ("try: import a\nexcept x.ImportError: pass", "1:a"),
    ("try: import a\nexcept (lambda: ImportError)(): pass", "1:a"),
    ("try: import a\nexcept f(ImportError): pass", "1:a"),
    ("try: import a\nfinally: pass", "1:a"),
    ("with suppress(ImportError):\n  import a\nimport b", "2:a? 3:b"),
    ("with contextlib.suppress(A, ModuleNotFoundError) as e: import a\nimport b", "1:a? 2:b"),
    ("with open('x') as f, suppress(ImportError):\n  import a", "2:a?"),
    ("with (\n  suppress(ImportError),\n  open('x'),\n):\n  import a", "5:a?"),
    ("with suppress(A):\n  import a", "2:a"),
    ("with suppress(f(ImportError)):\n  import a", "2:a"),
    ("with other(ImportError):\n  import a", "2:a"),
    ("with suppress(ImportError):\n  import a\n  with x:\n    import b\n  import c\nimport d", "2:a? 4:b? 5:c? 6:d"),
    ("try:\n  with suppress(ImportError):\n    import a\n  import b\nexcept A: import c", "3:a? 4:b 5:c"),
  ]) func weak(source: String, expected: String) {
    #expect(imports(source) == expected)
  }

  @Test(arguments: [
    ("import a  # pants: no-infer-dep", ""),
    ("import a  # baji: no-infer-dep", ""),
    ("import a  # why # pants: no-infer-dep because", ""),
    ("import a  # pants:no-infer-dep", "1:a"),
    ("from a import b, c as d  # pants: no-infer-dep\nimport e", "2:e"),
    ("from a import (\n  b,\n  c as  # x\n  d,  # pants: no-infer-dep\n  e,\n)", "2:a.b 5:a.e"),
    ("from a import (b,  # pants: no-infer-dep\n  c)", "2:a.c"),
    ("from a import (\n  b,\n  c\n)  # pants: no-infer-dep\nimport d", "5:d"),
    ("from a import \\\n  b  # pants: no-infer-dep", ""),
    ("from a import \\\n  *  # pants: no-infer-dep", ""),
    ("from a import (  # pants: no-infer-dep\n  b\n)", "2:a.b"),
    ("if x:\n  import a  # pants: no-infer-dep\n  import b", "3:b"),
    ("try: import a  # pants: no-infer-dep\nexcept ImportError: import b\nimport c", "2:b 3:c"),
    ("__import__('a')  # pants: no-infer-dep", ""),
    ("__import__(  # pants: no-infer-dep\n  'a'\n)", ""),
    ("__import__(\n  'a'  # pants: no-infer-dep\n)", ""),
    ("__import__(\n  'a'\n)  # pants: no-infer-dep", ""),
    ("__import__(\n  'a' \\\n  # pants: no-infer-dep\n)", "2:a"),
    ("['a.b', {'c/d': 1}]  # pants: no-infer-dep", ""),
    ("[\n  'a.b',  # pants: no-infer-dep\n  'c.d',\n]", "3:'c.d'"),
    ("x = 'a' \\\n  '.b'  # pants: no-infer-dep", ""),
    ("'# pants: no-infer-dep'; import a", "1:a"),
  ]) func pragmas(source: String, expected: String) {
    #expect(imports(source) == expected)
  }

  @Test(arguments: [
    ("__import__('a.b')", "1:a.b"),
    ("__import__(b'a')", "1:a"),
    ("__import__(f'a')", "1:a"),
    ("__import__('''a''')", "1:a"),
    ("__import__(\n  'a'  # b\n  \".b\"\n)", "2:a.b"),
    ("__import__('a', fromlist=['b.c'])\n'd.e'", "1:a 2:'d.e'"),
    ("x(__import__('a').b, 'c.d')", "1:a 1:'c.d'"),
    ("__import__('a' + 'b.c')", ""),
    ("__import__('{}'.format('b.c'))", ""),
    ("__import__(f'a.{b}')", ""),
    ("__import__(name)", ""),
    ("x.__import__('a')", ""),
    ("importlib.import_module('a.b')", "1:'a.b'"),
    ("'a.b'; 'a'; 'a.b'", "1:'a.b'"),
    ("'''a.b.c'''", "1:'a.b.c'"),
    ("'a.b_狗'; 'a.💥'; 'a.1b'; '.a.b'; 'a.b.'; 'a..b'; 'a b.c'; 'a\\x2eb'; ''", "1:'a.b_狗'"),
    ("'a' '.b' \"\"\".c\"\"\"", "1:'a.b.c'"),
    ("('a'\n '.b')", "1:'a.b'"),
    ("'a.b' f'{c}'", ""),
    ("f'a.b'; f'a.{b}'; f'{{a.b}}'", "1:'a.b'"),
    ("f'{x[\"a.b\"]}'", ""),
    ("'a/b'; 'a/b.txt'; './a/b'; '../c/d'", "1:<a/b> 1:<a/b.txt> 1:<./a/b> 1:<../c/d>"),
    ("'/a/b'; 'a b/c'; 'https://a/b'; 'a\\n/b'; 'git+ssh://a/b'", ""),
    ("try:\n  'a.b'\nexcept A: pass", "2:'a.b'"),
  ]) func literals(source: String, expected: String) {
    #expect(imports(source) == expected)
  }

  @Test(arguments: [
    ("\u{FEFF}import a", "1:a"),
    ("import a\r\nfrom b import (\r\n  c,\r\n)\r\nimport d", "1:a 3:b.c 5:d"),
    ("import a\rimport b\r", "1:a 2:b"),
    ("\u{0C}import a\n  \u{0C}try:\n  import b\nexcept ImportError: pass", "1:a 3:b?"),
    ("'''a\r\nb\rc\n'''\nimport a", "5:a"),
    ("\n\n# x\n   # y\nimport a", "5:a"),
    ("try:\n\timport a\n        import b\nexcept ImportError: pass", "2:a? 3:b?"),
    ("  \\\nimport a", "2:a"),
    ("import a\0", "1:a"),
  ]) func lines(source: String, expected: String) {
    #expect(imports(source) == expected)
  }

  /// Sources that no version of the language takes: what can be found is found.
  @Test(arguments: [
    ("import a; x=", "1:a"),
    ("foo(\nimport a", "2:a"),
    ("foo([{\nfrom a import b\nx", "2:a.b"),
    ("foo(\ndef f():\n  import a", "3:a"),
    ("foo(\n  try:\n    import a\n  except ImportError:\n    import b", "3:a? 5:b"),
    (")))]}\nimport a", "2:a"),
    ("x = 'open\nimport a", "2:a"),
    ("x = f\"{a['b']} \nimport a", "2:a"),
    ("x = fr'open\\'\nimport a", "2:a"),
    ("from import a", "1:a"),
    ("x = f'open {\nimport a\nf'{b}'\nimport c", "2:a 4:c"),
    ("x = f'{\nclass A: import a", "2:a"),
    ("x = '''open\nimport a", ""),
    ("from a import (b, c\nimport d", "1:a.b 1:a.c 2:d"),
    ("from a import b c\nimport d", "1:a.b 2:d"),
    ("from a. import b", "1:a.b"),
    ("import a.\nimport b", "1:a 2:b"),
    ("import a,\nimport b", "1:a 2:b"),
    ("$ % ` ? import a", "1:a"),
    ("print 'x'\nprint >>f, 'y'\nexec 'z'\nimport a", "4:a"),
    ("{% import x %}\n{% from y import z %}\nimport a", "3:a"),
    ("except ImportError: import a\nelse: import b", "1:a 2:b"),
    ("try: try: import a\nexcept ImportError: pass", "1:a?"),
  ]) func doesNotParse(source: String, expected: String) {
    #expect(imports(source) == expected)
  }

  @Test func bytesOfAnyEncoding() throws {
    let latin =
      Array("# -*- coding: latin-1 -*-\nx = '".utf8) + [0xE9, 0xFF] + Array("'\nimport a\n# ".utf8) + [0x80]
      + Array("\nfrom b import c".utf8)
    #expect(imports(latin) == "3:a 5:b.c")
    #expect(imports([0xFF, 0xFE, 0x69, 0x00]) == "")
  }

  /// Cut anywhere and with any byte changed, a source ends without a trap.
  @Test func endsOnEveryInput() {
    let source = Array(
      """
      try:
        from a import (b, c as d,  # pants: no-infer-dep
          e)
      except (A, ImportError) as e: x = f'{a["b"]!r:>{w}} \\N{DIGIT ONE} {{' 'a.b' r'\\'
      with contextlib.suppress(ImportError): __import__('x' \\
        ).y; raise A from b
      '''x''' ; rb"y" ; from . import *
      """.utf8)
    for end in source.indices { _ = imports(Array(source[..<end])) }
    for start in source.indices { _ = imports(Array(source[start...])) }
    for byte in [0, 9, 10, 13, 34, 35, 39, 40, 41, 58, 92, 123, 125, 0xC3, 0xFF] as [UInt8] {
      for index in source.indices {
        var changed = source
        changed[index] = byte
        _ = imports(changed)
      }
    }
  }

  /// What grows without end is read in time that grows with it: a quadratic scan of these would take minutes.
  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      "(", "[\n", "f'{", "f'{\n", "f'''{", "f\"{x:{", "f'{x:", "'", "'''", "\\", "\\\n", "try: ", "try:\n", "with suppress(ImportError): ",
      "from ",
      "from a ", "from .", "(from a\n", "import a\n", "import a,", "a.", "from a import (", "from a import (b,\n", "__import__(",
      "__import__('a' ", "'a' ",
      "'a.b' ", "'a/b',", "#", "# pants: no-infer-dep", "import a # pants: no-infer-dep\n", "{", "}", ")", "f'{'", "f'{f\"{", "except ",
      "\r", "\u{0C}", "\0",
      "r", "rb", "a", "9", ":", "try: import a\nexcept ImportError: ", "f'{import ", "(\nimport a\n",
    ]) func growsLinearly(piece: String)
  {
    let repeated = [UInt8]([[UInt8]](repeating: Array(piece.utf8), count: 60_000 / piece.utf8.count).joined())
    _ = imports(repeated)
    _ = imports(repeated + Array("\nimport a\n".utf8))
  }

  @Test func nestsDeeply() {
    let levels = 400
    var source = (0..<levels).map { String(repeating: " ", count: $0) + "try:\n" }.joined()
    source += String(repeating: " ", count: levels) + "import a\n"
    source += (0..<levels).reversed().map { String(repeating: " ", count: $0) + "except ImportError: import b\n" }.joined()
    let found = imports(source).split(separator: " ")
    #expect(found.first == "\(levels + 1):a?")
    #expect(found.count == levels + 1)
    #expect(found.last == "\(2 * levels + 1):b")
  }
}

/// `line:name` of each import, with a `?` behind weak modules, quotes around strings and `<>` around assets.
private func imports(_ source: String) -> String { imports(Array(source.utf8)) }

private func imports(_ source: [UInt8]) -> String {
  guard let scanner = ImportScanner.named("python") else { return "no scanner" }
  return scanner.scan(source).map { found in
    switch found.kind {
    case .path: "\(found.line):path \(found.name)"
    case .module: "\(found.line):\(found.name)\(found.isWeak ? "?" : "")"
    case .string: "\(found.line):'\(found.name)'"
    case .asset: "\(found.line):<\(found.name)>"
    }
  }.joined(separator: " ")
}
