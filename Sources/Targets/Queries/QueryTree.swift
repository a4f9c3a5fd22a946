// A query as a tree: what the parser makes and the evaluation walks.

/// A part of a query, with where it stands in the text: bytes from 0.
struct QueryNode: Sendable {
  indirect enum Kind: Sendable {
    /// A spec, or an argument that is no set: a pattern, a name, a number.
    case word(String)
    case variable(String)
    case set([QueryNode])
    /// From the left, one after the other.
    case operation(QueryNode, [(QueryOperator, QueryNode)])
    case binding(name: String, value: QueryNode, body: QueryNode)
    case call(QueryFunction, [QueryNode])
  }

  let kind: Kind
  let range: Range<Int>
}

enum QueryOperator: Sendable { case union, except, intersect }

/// A query is wrong: what, and where in its text.
struct QueryError: Error, Equatable {
  let message: String
  let range: Range<Int>
  var hint: String?
  var notes: [String] = []
}

/// What a query may call.
package enum QueryFunction: String, CaseIterable, Sendable {
  case deps, rdeps, allrdeps, somepath, allpaths, kind, attr, attrfilter, filter, owner, siblings, tests, buildfiles, inputs, labels, some
  case samePackageDirectRdeps = "same_pkg_direct_rdeps"

  enum Parameter { case expression, word, number }

  /// In their order, and how many of them must be given.
  var parameters: (list: [Parameter], required: Int) {
    switch self {
    case .deps, .allrdeps: ([.expression, .number], 1)
    case .rdeps: ([.expression, .expression, .number], 2)
    case .somepath, .allpaths: ([.expression, .expression], 2)
    case .kind, .filter, .labels: ([.word, .expression], 2)
    case .attr, .attrfilter: ([.word, .word, .expression], 3)
    case .some: ([.expression, .number], 1)
    case .owner, .siblings, .tests, .buildfiles, .inputs, .samePackageDirectRdeps: ([.expression], 1)
    }
  }

  package var usage: String {
    switch self {
    case .deps: "deps(x [, depth])"
    case .rdeps: "rdeps(universe, x [, depth])"
    case .allrdeps: "allrdeps(x [, depth])"
    case .somepath: "somepath(from, to)"
    case .allpaths: "allpaths(from, to)"
    case .kind: "kind(pattern, x)"
    case .attr: "attr(field, pattern, x)"
    case .attrfilter: "attrfilter(field, value, x)"
    case .filter: "filter(pattern, x)"
    case .owner: "owner(file)"
    case .siblings: "siblings(x)"
    case .tests: "tests(x)"
    case .buildfiles: "buildfiles(x)"
    case .inputs: "inputs(x)"
    case .labels: "labels(field, x)"
    case .some: "some(x [, count])"
    case .samePackageDirectRdeps: "same_pkg_direct_rdeps(x)"
    }
  }

  package var doc: String {
    switch self {
    case .deps: "x and what it depends on, in at most `depth` steps"
    case .rdeps: "x and what depends on it, as far as `universe` depends on it"
    case .allrdeps: "x and what in the whole workspace depends on it"
    case .somepath: "a shortest way, in its order"
    case .allpaths: "everything on any way"
    case .kind: "those of x in whose type the pattern is found"
    case .attr: "those of x in whose field the pattern is found; lists read `[a, b]`"
    case .attrfilter: "those of x whose field is the value, or holds it"
    case .filter: "those of x in whose address the pattern is found"
    case .owner: "the targets that own a file, or files: `set(a b)`"
    case .siblings: "all targets of the BUILD files that x comes from"
    case .tests: "those of x that `test` would run"
    case .buildfiles: "the BUILD files that x comes from"
    case .inputs: "the source files of x"
    case .labels: "the targets that a field of x names"
    case .some: "the first, or the first `count`, of x"
    case .samePackageDirectRdeps: "what depends directly on x in its own folder"
    }
  }
}
