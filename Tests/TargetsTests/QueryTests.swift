// Queries: one string in, one string out.

import Diagnostics
import Targets
import Testing

@Suite struct QueryTests {
  /// top → a:g → a/one.sh → a/two.sh ⇄ a/three.sh; b:u → a/two.sh; c:c alone, of another type.
  private static let files = [
    "BUILD": "group(name='top', dependencies=['a:g'])",
    "a/BUILD": "scripts(level='low')\ngroup(name='g', dependencies=['./one.sh'])", "a/one.sh": ". ./two.sh\n", "a/two.sh": ". ./three.sh\n",
    "a/three.sh": ". ./two.sh\n", "b/BUILD": "group(name='u', dependencies=['a/two.sh'])\nbundle(name='p', packages=['a:g'])",
    "c/BUILD": "resources(sources=['*.txt'])\ngroup(name='all', dependencies=['a'])", "c/x.txt": "", "c/y.txt": "",
  ]

  private func answer(_ text: String) throws -> String {
    let graph = try Fixture(QueryTests.files).load()
    let ground = Query.Ground(graph: graph, pattern: QueryTests.pattern, isTest: { $0 == "script" })
    do throws(UserError) {
      return try QueryTests.printed(Query(parsing: text).answer(over: ground), graph)
    } catch {
      return error.diagnostics.map { diagnostic in
        let place = diagnostic.location.map { "\($0.position.line):\($0.position.column)+\($0.length): " } ?? ""
        return place + diagnostic.message + (diagnostic.hint.map { " – \($0)" } ?? "")
      }.joined(separator: "\n")
    }
  }

  private static func printed(_ answer: Query.Answer, _ graph: Graph) -> String {
    switch answer {
    case .targets(let ids): graph.printed(ids).joined(separator: " ")
    case .files(let files): "files " + files.joined(separator: " ")
    }
  }

  /// Texts that hold it.
  private static func pattern(_ text: String) throws(Query.PatternError) -> (String) -> Bool {
    if text == "(" { throw Query.PatternError("a bracket is open") }
    return { $0.contains(text) }
  }

  @Test(arguments: [
    ("//:top", "//:top"), ("a:", "a:a a:g a/one.sh a/three.sh a/two.sh"), ("a/one.sh", "a/one.sh"),
    ("//...", "//:top a:a a:g a/one.sh a/three.sh a/two.sh b:p b:u c:c c:all c/x.txt c/y.txt"), ("b/...", "b:p b:u"),
    ("//b:all", "b:p b:u"),
    ("c:all", "c:all"), ("deps(//:top)", "//:top a:g a/one.sh a/three.sh a/two.sh"), ("deps(//:top, 1)", "//:top a:g"),
    ("deps(//:top, 0)", "//:top"), ("allrdeps(a/two.sh, 1)", "a:a a/one.sh a/three.sh a/two.sh b:u c:all"),
    ("rdeps(//:top, a/two.sh)", "//:top a:g a/one.sh a/three.sh a/two.sh"),
    ("rdeps(//:top + b:u, a/two.sh, 1)", "a/one.sh a/three.sh a/two.sh b:u"),
    ("somepath(//:top, a/three.sh)", "//:top a:g a/one.sh a/two.sh a/three.sh"), ("somepath(b:u, a:g)", ""),
    ("allpaths(//:top, a/two.sh)", "//:top a:g a/one.sh a/three.sh a/two.sh"),
    ("allpaths(c:, a/two.sh)", "a/one.sh a/three.sh a/two.sh c:all"),
    ("kind(group, ::)", "//:top a:g b:u c:all"), ("attr(level, low, ::)", "a/one.sh a/three.sh a/two.sh"),
    ("attr(dependencies, 'two', ::)", "b:u"), ("attrfilter(dependencies, a, ::)", "c:all"), ("filter('/t', ::)", "a/three.sh a/two.sh"),
    ("owner(a/one.sh)", "a/one.sh"), ("owner(set(c/x.txt a/one.sh BUILD))", "a/one.sh c/x.txt"),
    ("siblings(a/one.sh)", "a:a a:g a/one.sh a/three.sh a/two.sh"),
    ("tests(a:)", "a/one.sh a/three.sh a/two.sh"), ("buildfiles(deps(b:u))", "files a/BUILD b/BUILD"),
    ("inputs(c:c)", "files c/x.txt c/y.txt"),
    ("owner(inputs(c:c) - inputs(c/y.txt))", "c/x.txt"), ("labels(packages, b:p)", "a:g"), ("some(a:)", "a:a"), ("some(a:, 2)", "a:a a:g"),
    ("same_pkg_direct_rdeps(a/two.sh)", "a:a a/one.sh a/three.sh"), ("a: - a/one.sh - a:a", "a:g a/three.sh a/two.sh"),
    ("a: except (a/one.sh union a:a)", "a:g a/three.sh a/two.sh"), ("a: ^ deps(b:u)", "a/three.sh a/two.sh"), ("a: intersect b:", ""),
    ("b: + c:", "b:p b:u c:c c:all c/x.txt c/y.txt"), ("set(//:top 'b:u')", "//:top b:u"), ("set()", ""),
    ("let x = a: in $x - deps($x ^ a/two.sh)", "a:a a:g a/one.sh"),
    ("let x = b:u in let y = deps($x) in $y except $x", "a/three.sh a/two.sh"),
    ("(let x = b: in $x) + let x = //:top in $x", "//:top b:p b:u"), ("kind('group|x', ::) - \"//:top\"", ""),
  ]) func answers(query: String, expected: String) throws { #expect(try answer(query) == expected) }

  @Test(arguments: [
    ("", "1:1+1: the query is empty – for example `deps(dir:name)`"),
    ("deps(", "1:6+1: the query ends too early"),
    ("deps(a:g", "1:9+1: the query ends too early – `)` is missing"),
    ("dep(a:g)", "1:1+3: there is no function `dep` – did you mean `deps`?"),
    ("deps(a:gg)", "1:6+4: there is no target `a:gg` – did you mean `a:g`?"),
    ("deps(a:g, x)", "1:11+1: `x` is not a number of steps – write `deps(x [, depth])`"),
    ("deps(a:g, deps(b:))", "1:11+8: a number is wanted here – write `deps(x [, depth])`"),
    ("deps()", "1:1+4: `deps` takes 1 or 2 arguments, not 0 – write `deps(x [, depth])`"),
    ("kind(a:)", "1:1+4: `kind` takes 2 arguments, not 1 – write `kind(pattern, x)`"),
    ("kind('(', a:)", "1:6+3: `(` is no pattern: a bracket is open"),
    ("a: b:", "1:4+2: `b:` cannot follow the query – between two sets stands `+`, `-` or `^`; `set(a b)` lists several"),
    ("a: +\n  nope::", "2:3+6: there is no folder `nope` in the workspace"),
    ("$x", "1:1+2: `$x` has no value – `let x = … in …` gives it one"),
    ("let = a:", "1:5+1: `let` wants a name – as in `let x = deps(a) in $x - a`"),
    ("let x a:", "1:7+2: `a:` cannot follow `let x` – `=` is missing"),
    ("let x = a:", "1:11+1: the query ends too early – `in` is missing"),
    ("a: - union", "1:6+5: `union` stands where a set is wanted – between quotes it is a word like any other"),
    ("deps(a:) + 'open", "1:12+1: this quote is never closed"),
    ("a: + )", "1:6+1: `)` stands where a set is wanted"),
    ("set(a: , b:)", "1:8+1: `,` cannot follow `set(` – `set` lists words with white space between them"),
    ("buildfiles(a:) + a:", "1:18+2: files and targets stand on the two sides of an operator"),
    ("deps(buildfiles(a:))", "1:6+14: this is a set of files; targets are wanted here – `owner(…)` makes targets of files"),
    ("*.sh", "1:1+1: `*` cannot begin a word – write words with unusual characters between quotes"),
    ("owner(a/nope.sh)", "1:7+9: there is no file `a/nope.sh` in the workspace"),
    ("some(set())", "1:1+11: `some` is asked for one of nothing"),
  ]) func tellsWhereItIsWrong(query: String, expected: String) throws { #expect(try answer(query) == expected) }

  /// Neither the stack nor the time ends before the limit does.
  @Test func depthIsBounded() throws {
    #expect(try answer(String(repeating: "(", count: 150) + "a:g" + String(repeating: ")", count: 150)) == "a:g")
    for open in ["(", "deps(", "let x = "] {
      #expect(try answer(String(repeating: open, count: 100_000)).contains("more than 200 expressions stand in each other"))
    }
    #expect(try answer(Array(repeating: "a:g", count: 5000).joined(separator: " + ")) == "a:g")
  }
}
