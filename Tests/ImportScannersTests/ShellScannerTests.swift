// What a shell script sources, a script in and its imports out.

import ImportScanners
import Testing

@Suite struct ShellScannerTests {
  /// `name` for a root-then-file import, `./name` for one relative to the script.
  func imports(_ script: String) -> [String] {
    guard let scanner = ImportScanner.named("shell") else { return ["no scanner"] }
    return scanner.scan(Array(script.utf8)).map { ($0.base == .file ? "./" : "") + $0.name }
  }

  @Test(arguments: [
    (". lib.sh", ["lib.sh"]),
    ("source lib.sh", ["lib.sh"]),
    ("source ./lib.sh", ["./lib.sh"]),
    (". ../lib.sh arg", ["./../lib.sh"]),
    ("  .  \"a b.sh\"", ["a b.sh"]),
    (". 'a'\"b\".sh", ["ab.sh"]),
    ("if true; then . a.sh; else source b.sh; fi", ["a.sh", "b.sh"]),
    ("[ -f a.sh ] && . a.sh || source b.sh", ["a.sh", "b.sh"]),
    ("(. a.sh)", ["a.sh"]),
    ("{ . a.sh; }", ["a.sh"]),
    ("x=$(. a.sh; echo 1)", ["a.sh"]),
    ("FOO=bar . a.sh", ["a.sh"]),
    ("command . a.sh", ["a.sh"]),
    ("case $1 in\n x) . a.sh ;;\nesac", ["a.sh"]),
    (". \\\n  a.sh", ["a.sh"]),
    ("f() {\n  source a.sh\n}", ["a.sh"]),
    (". a.sh # why", ["a.sh"]),
  ]) func sourced(script: String, expected: [String]) {
    #expect(imports(script) == expected)
  }

  @Test(arguments: [
    "# . a.sh", "echo . a.sh", "echo 'x\n. a.sh'", "echo \"\n. a.sh\"", "cat <<EOF\n. a.sh\nEOF", "cat <<-'E F'\n. a.sh\n\tE F",
    "source", "source;", ". $X", ". \"$X/a.sh\"", ". ~/a.sh", ". /etc/profile", ". *.sh", ". <(echo hi)", ". a$X.sh", "a=(\n. a.sh\n)",
    "source() { :; }", "x=$((1<<2))", "find . -name x", "echo `. a.sh`", ". \"$(dirname \"$1\")/a.sh\"", ". \"$(dirname \"$0\")\"",
    ". \"$(cd \"$(dirname \"$0\")/..\" && pwd)/a.sh\"", "echo \\\n. a.sh",
  ]) func notSourced(script: String) {
    #expect(imports(script) == [])
  }

  @Test(arguments: [
    "$(dirname \"$0\")", "$(dirname $0)", "$(dirname -- \"${BASH_SOURCE[0]}\")", "${0%/*}", "${BASH_SOURCE%/*}", "${BASH_SOURCE[0]%/*}",
    "`dirname $0`", "$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)",
    "$( cd -- \"$( dirname -- \"${BASH_SOURCE[0]}\" )\" &> /dev/null && pwd )",
    "$(dirname \"$(readlink -f \"$0\")\")",
  ]) func relativeToTheScript(prefix: String) {
    #expect(imports(". \"\(prefix)/lib/a.sh\"") == ["./lib/a.sh"])
    #expect(imports("source \(prefix)/../a.sh\n. b.sh") == ["./../a.sh", "b.sh"])
  }

  @Test(arguments: [
    ("# shellcheck source=lib/a.sh\n. \"$X\"", ["lib/a.sh"]),
    ("# shellcheck source=./a.sh\n. b.sh\n. c.sh", ["./a.sh", "c.sh"]),
    ("# shellcheck disable=SC1090 source=a.sh\nsource \"$X\"", ["a.sh"]),
    ("# shellcheck source=/dev/null\n. a.sh\n. b.sh", ["b.sh"]),
    ("# shellcheck source=a.sh\nif [ -f \"$X\" ]; then\n  . \"$X\"\nfi", ["a.sh"]),
    ("# shellcheck source=a.sh\necho hi\n. \"$X\"", []),
    ("#shellcheck source=a.sh\n# more\n. \"$X\"", ["a.sh"]),
    ("# shellcheck disable=SC1090 # source=a.sh\n. b.sh", ["b.sh"]),
  ]) func directives(script: String, expected: [String]) {
    #expect(imports(script) == expected)
  }

  @Test func linesAreCountedFromOne() {
    let found = ImportScanner.named("shell")?.scan(Array("#!/bin/sh\ncat <<E\n. no.sh\nE\n. a.sh; x=$(\n. b.sh)\n. c.sh".utf8)) ?? []
    #expect(found.map(\.name) == ["a.sh", "b.sh", "c.sh"])
    #expect(found.map(\.line) == [5, 6, 7])
  }

  @Test func anyBytesEnd() {
    var state: UInt64 = 42
    let alphabet = Array("$({`\"'\\<<-E\n.#); a=source shellcheck source=[}".utf8) + [0, 0xFF]
    for _ in 0..<2000 {
      var script: [UInt8] = []
      for _ in 0..<60 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        script.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      _ = ImportScanner.named("shell")?.scan(script)
    }
    _ = ImportScanner.named("shell")?.scan([UInt8](repeating: UInt8(ascii: "("), count: 100_000))
    _ = ImportScanner.named("shell")?.scan(Array(String(repeating: "$(", count: 50_000).utf8))
  }
}
