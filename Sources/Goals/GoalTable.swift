// Every goal by name: what the command line and `help` know of it, and the function that does it.

package import Options

/// A goal that a user can ask for.
package struct Goal: Sendable {
  package enum Kind: Sendable {
    /// Answers a question; needs nothing built.
    case query(@Sendable (Session) throws -> Int32)
    /// Adds to the common plan of the run.
    case build(@Sendable (Session) throws -> any BuildPart)
    /// Writes into the workspace, or takes the terminal: what comes before is finished first, and the snapshot renewed after it.
    case barrier(@Sendable (Session) throws -> Int32)
    /// Answered before there is a workspace.
    case meta
  }

  package let name: String
  package let doc: String
  package let takesWords: Bool
  /// Whether there is nothing to do without a spec.
  package let needsSpecs: Bool
  package let kind: Kind

  init(_ name: String, _ doc: String, takesWords: Bool = false, needsSpecs: Bool = true, _ kind: Kind) {
    self.name = name
    self.doc = doc
    self.takesWords = takesWords
    self.needsSpecs = needsSpecs
    self.kind = kind
  }

  /// In the order of `help`.
  package static let all: [Goal] = [
    Goal("lint", "Run linters, and show what formatters would change.", .build { try LintGoal($0) }),
    Goal("fmt", "Run formatters and write what they changed.", .barrier { try runFormatters($0, goal: "fmt") }),
    Goal("fix", "Run fixers and formatters and write what they changed.", .barrier { try runFormatters($0, goal: "fix") }),
    Goal("check", "Run checkers: tools that look at many files at once.", .build { try CheckGoal($0) }),
    Goal("test", "Run tests.", .build { try TestGoal($0) }),
    Goal("package", "Build packages into the dist folder.", .build { try PackageGoal($0) }),
    Goal("publish", "Publish packages to where their targets say.", .barrier(publishPackages)),
    Goal("run", "Run a target.", .barrier(runTarget)),
    Goal("repl", "Open an interactive session with the selected targets.", needsSpecs: false, .barrier(openRepl)),
    Goal("export", "Export environments that editors can use.", needsSpecs: false, .barrier(exportEnvironments)),
    Goal("generate-lockfiles", "Generate lockfiles anew.", needsSpecs: false, .barrier(generateLockfiles)),
    Goal("list", "List the selected targets.", .query(listTargets)),
    Goal("dependencies", "List what the selected targets depend on.", .query(listDependencies)),
    Goal("dependents", "List what depends on the selected targets.", .query(listDependents)),
    Goal("paths", "List the ways from one target to another.", needsSpecs: false, .query(listPaths)),
    Goal("peek", "Show the selected targets with their fields, as JSON.", .query(peekTargets)),
    Goal("filedeps", "List the files of the selected targets.", .query(listFiles)),
    Goal("roots", "List the source roots of the workspace.", needsSpecs: false, .query(listRoots)),
    Goal("filter", "List the selected targets; its options narrow those of any goal.", .query(filterTargets)),
    Goal("count-loc", "Count lines of code, with scc.", .barrier(countLines)),
    Goal("validate", "Find every mistake of every BUILD file.", needsSpecs: false, .query(validate)),
    Goal("graph", "Draw the selected targets and what they need: DOT, JSON, or a page.", .query(drawGraph)),
    Goal(
      "query", "Answer an expression over the graph: `query 'allrdeps(dir/file) ^ kind(test, ::)'`.", takesWords: true, .query(answerQuery)),
    Goal("completion", "Print the completion of a shell: bash, zsh, fish.", takesWords: true, .query(complete)),
    Goal("cache", "Look after the store: stats, verify, gc, clear.", takesWords: true, .query(manageCache)),
    Goal("plugin", "Work on plugins: test FOLDER.", takesWords: true, .query(workOnPlugins)),
    Goal("init", "Write a baji.toml for the repository here, from what it shows.", needsSpecs: false, .meta),
    Goal("help", "Explain goals, options and target types.", takesWords: true, .meta),
    Goal("help-advanced", "The same with advanced options.", takesWords: true, .meta),
    Goal("help-all", "Print all that `help` knows, as JSON.", takesWords: true, .meta),
    Goal("version", "Print the version.", .meta),
  ]

  package static func named(_ name: String) -> Goal? { all.first { $0.name == name } }

  /// Whether it answers from the graph and the options alone: it starts no process and changes nothing.
  package var onlyAsks: Bool {
    switch kind {
    case .query: !takesWords
    case .meta: true
    case .build, .barrier: false
    }
  }

  package var syntax: GoalSyntax { GoalSyntax(name, takesWords: takesWords) }
}
