// The core's goals and their options.

extension CoreOptions {
  /// One scope a goal.
  package static let goals: [OptionScope] = [
    test, lint, check, fmt, fix, list, dependencies, dependents, paths, peek, filedeps, roots, filter, countLoc, scc, graph, query,
    packageGoal, publish, run, repl, export, generateLockfiles,
  ]

  private static let only = OptionDefinition(
    "only", .stringList, default: .list([]), doc: "Only these tools, by name: one, or several with commas between them.")
  private static let batchSize = OptionDefinition(
    "batch_size", .int, default: .int(128), doc: "About how many files a tool gets at once.", isAdvanced: true)
  private static let outputFile = OptionDefinition(
    "output_file", .string, doc: "Write the result into this file instead; relative to the workspace's root.")
  private static let separator = OptionDefinition("sep", .string, default: .string("\\n"), doc: "What stands behind each line.")
  private static func transitive(_ doc: String) -> OptionDefinition {
    OptionDefinition("transitive", .bool, default: .bool(false), doc: doc)
  }
  private static let format = OptionDefinition(
    "format", .enumeration(["text", "json"]), default: .string("text"), doc: "How the result is printed.")

  package static let test = OptionScope(
    "test", doc: "Run tests.",
    options: [
      OptionDefinition("force", .bool, default: .bool(false), doc: "Run even what has a kept result."),
      OptionDefinition(
        "debug", .bool, default: .bool(false), doc: "Run one test after the other, on this terminal, without a time limit; nothing is kept."
      ),
      OptionDefinition(
        "output", .enumeration(["all", "failed", "none"]), default: .string("failed"), doc: "Which tests' output is shown."),
      OptionDefinition(
        "use_coverage", .bool, default: .bool(false), doc: "Measure which lines the tests run, and report it under `dist/coverage`."),
      OptionDefinition("open_coverage", .bool, default: .bool(false), doc: "Open the coverage report when it is made."),
      OptionDefinition(
        "report", .bool, default: .bool(false), doc: "Write the tests' reports (JUnit XML) into `report_dir`.", isAdvanced: true),
      OptionDefinition(
        "report_dir", .string, default: .string("{distdir}/test/reports"), doc: "The folder for `report`; `{distdir}` is the dist folder.",
        isAdvanced: true),
      OptionDefinition(
        "shard", .string, default: .string(""),
        doc: "Run one share of the tests: `k/N` is the share k, counted from 0, of N. Each test is in exactly one."),
      OptionDefinition(
        "durations_file", .string,
        doc: "A JSON file of the workspace, address to seconds, by which shards take about as long. Not set: as many tests each.",
        isAdvanced: true),
      OptionDefinition(
        "record_durations", .bool, default: .bool(false), doc: "Write what this run's tests took into `durations_file`.", isAdvanced: true),
      OptionDefinition(
        "batch_size", .int, default: .int(128), doc: "About how many tests that may share a run do so.", isAdvanced: true),
      OptionDefinition("timeouts", .bool, default: .bool(true), doc: "Whether tests may time out."),
      OptionDefinition("timeout_default", .int, doc: "Seconds for a test whose target has no `timeout`.", isAdvanced: true),
      OptionDefinition("timeout_maximum", .int, doc: "Seconds that no target's `timeout` may exceed.", isAdvanced: true),
      OptionDefinition(
        "attempts_default", .int, default: .int(1), doc: "How often a failing test runs before it counts as failed.", aliases: ["attempts"],
        isAdvanced: true),
      OptionDefinition(
        "extra_env_vars", .stringList, default: .list([]),
        doc: "Environment variables for every test: `NAME=value`, or `NAME` for the value of this run."),
      OptionDefinition(
        "cache_failures", .bool, default: .bool(false), doc: "Whether a failure is kept as a result, too.", isAdvanced: true),
    ])

  private static let outputFormat = OptionDefinition(
    "output_format", .enumeration(["text", "json", "sarif", "github"]), default: .string("text"),
    doc: "How findings are told: for people, as JSON, as SARIF 2.1.0, or as annotations for GitHub beside the text.")
  private static let skipFormatters = OptionDefinition("skip_formatters", .bool, default: .bool(false), doc: "Leave out formatters.")

  package static let lint = OptionScope(
    "lint", doc: "Find faults in sources.",
    options: [
      only, outputFormat, skipFormatters, OptionDefinition("skip_fixers", .bool, default: .bool(false), doc: "Leave out fixers."),
      batchSize,
    ])

  package static let check = OptionScope(
    "check", doc: "Check sources with tools that look at many files at once.", options: [only, outputFormat])

  package static let fmt = OptionScope("fmt", doc: "Lay out sources.", options: [only, batchSize])

  package static let fix = OptionScope(
    "fix", doc: "Mend faults in sources.",
    options: [only, skipFormatters, batchSize])

  package static let list = OptionScope(
    "list", doc: "List targets.",
    options: [
      OptionDefinition("documented", .bool, default: .bool(false), doc: "Only those with a description, which is shown."), separator,
      outputFile,
    ])

  package static let dependencies = OptionScope(
    "dependencies", doc: "List what targets depend on.",
    options: [
      transitive("What dependencies depend on, too."),
      OptionDefinition("closed", .bool, default: .bool(false), doc: "The targets themselves, too."), format, separator, outputFile,
    ])

  package static let dependents = OptionScope(
    "dependents", doc: "List what depends on targets.",
    options: [
      transitive("What depends on dependents, too."),
      OptionDefinition("closed", .bool, default: .bool(false), doc: "The targets themselves, too."), format, separator, outputFile,
    ])

  package static let peek = OptionScope(
    "peek", doc: "Show targets with their fields, as JSON.",
    options: [
      OptionDefinition("exclude_defaults", .bool, default: .bool(false), doc: "Leave out fields that have their default."),
      OptionDefinition(
        "include_dep_rules", .bool, default: .bool(false),
        doc: "Show which of `__dependencies_rules__` and `__dependents_rules__` are in force, and what they say of the dependencies."),
      outputFile,
    ])

  package static let filedeps = OptionScope(
    "filedeps", doc: "List the files that targets are made from.",
    options: [
      transitive("Those of dependencies, too."),
      OptionDefinition("absolute", .bool, default: .bool(false), doc: "Print absolute paths."),
      OptionDefinition("globs", .bool, default: .bool(false), doc: "Print the globs instead of what they match."), separator,
      outputFile,
    ])

  package static let paths = OptionScope(
    "paths", doc: "List the ways from one target to another.",
    options: [
      OptionDefinition("from", .string, doc: "Where they begin: one target."),
      OptionDefinition("to", .string, doc: "Where they end: one target."),
      OptionDefinition(
        "format", .enumeration(["json", "text"]), default: .string("json"),
        doc: "How the result is printed: lists in a list, or an address a line and an empty line between two ways."),
      outputFile,
    ])

  package static let roots = OptionScope("roots", doc: "List source roots.", options: [separator, outputFile])

  package static let filter = OptionScope(
    "filter", doc: "Narrow the targets of any goal. Of each list one must fit (`a,b`), or none (`-a,b`); repeated: all must hold.",
    options: [
      OptionDefinition("target_type", .stringList, default: .list([]), doc: "Only targets of these types."),
      OptionDefinition(
        "granularity", .enumeration(["all", "file", "BUILD"]), default: .string("all"),
        doc: "Only targets that stand for a file, or only others."),
      OptionDefinition("address_regex", .stringList, default: .list([]), doc: "Only targets in whose address the pattern is found."),
      OptionDefinition("tag_regex", .stringList, default: .list([]), doc: "Only targets in one of whose tags the pattern is found."),
      separator, outputFile,
    ])

  package static let countLoc = OptionScope("count-loc", doc: "Count lines of code.", options: [])

  package static let scc = OptionScope(
    "scc", doc: "The counter of lines of code (https://github.com/boyter/scc).",
    options: [
      OptionDefinition(
        "args", .arguments, default: .list([]), doc: "Arguments for it, as in `--no-cocomo`; what follows `--` comes after them.")
    ])

  package static let graph = OptionScope(
    "graph", doc: "Draw targets and the edges between them.",
    options: [
      OptionDefinition(
        "format", .enumeration(["dot", "json", "html"]), default: .string("dot"),
        doc: "For Graphviz, for programs, or a page of its own that needs no network."),
      OptionDefinition("transitive", .bool, default: .bool(true), doc: "Also what the selected targets depend on."),
      OptionDefinition(
        "collapse", .enumeration(["none", "folder"]), default: .string("none"),
        doc: "One node a folder in place of its targets; a page begins with its folders closed."),
      OptionDefinition(
        "collapse_depth", .int, doc: "Folders further down count as the one so many parts from the root. Not set: each its own."),
      OptionDefinition("generators", .bool, default: .bool(false), doc: "Draw generators too, not only what they generate."), outputFile,
    ])

  package static let query = OptionScope(
    "query", doc: "Answer expressions over the graph.",
    options: [
      OptionDefinition(
        "output", .enumeration(["label", "label_kind", "location", "package", "json", "dot"]), default: .string("label"),
        doc: "What is printed of each target; `json` is a list of addresses, `dot` their graph."),
      separator, outputFile,
    ])

  package static let packageGoal = OptionScope(
    "package", doc: "Build artifacts into the dist folder.",
    options: [
      OptionDefinition(
        "checksums", .bool, default: .bool(false), doc: "Write `SHA256SUMS` into the dist folder: for `sha256sum --check`."),
      OptionDefinition(
        "provenance", .bool, default: .bool(false),
        doc: "Write beside each artifact what it was built from: an in-toto statement with SLSA provenance, in JSON."),
    ])

  package static let publish = OptionScope(
    "publish", doc: "Publish packages to where their targets say.",
    options: [
      OptionDefinition(
        "output", .string, doc: "Write what became of each package into this file, as JSON; relative to the workspace's root."),
      OptionDefinition(
        "dry_run", .bool, default: .bool(false), doc: "Build, ask what is there already, and list what would go where; upload nothing."),
      OptionDefinition(
        "resume", .bool, default: .bool(false),
        doc: "Go on where a run was interrupted: what it has uploaded is not uploaded again, and must be what was built now."),
      OptionDefinition("timeout", .int, default: .int(300), doc: "Seconds that a place may take for one answer or one upload; 0 for any."),
      OptionDefinition(
        "sign", .enumeration(["none", "gpg", "minisign"]), default: .string("none"),
        doc: "Sign what is uploaded; the signatures are verified and lie beside the packages."),
      OptionDefinition(
        "sign_key", .string,
        doc:
          "gpg: the key's fingerprint, or what else names it; not set: gpg's default. minisign: the file of the secret key; not set: `~/.minisign/minisign.key`."
      ),
      OptionDefinition(
        "sign_passphrase", .string,
        doc: "The passphrase of the key, best given as `BAJI_PUBLISH_SIGN_PASSPHRASE`. Not set: gpg's agent has it, or there is none.",
        isAdvanced: true),
      OptionDefinition(
        "sign_public_key", .string,
        doc: "minisign: the file of the public key, with which signatures are verified. Not set: made from the secret key.",
        isAdvanced: true),
      OptionDefinition(
        "upload_signatures", .bool, default: .bool(true), doc: "Whether gpg's signatures are uploaded together with the packages.",
        isAdvanced: true),
      OptionDefinition(
        "noninteractive_process_output", .enumeration(["all", "failed", "none"]), default: .string("failed"),
        defaultWithPants: .string("all"),
        doc: "Which uploads' own output is shown.", isAdvanced: true),
    ])

  package static let run = OptionScope(
    "run", doc: "Run a target.",
    options: [
      OptionDefinition("args", .arguments, default: .list([]), doc: "Arguments for the program; what follows `--` comes after them.")
    ])

  package static let repl = OptionScope(
    "repl", doc: "Open an interactive session.",
    options: [
      OptionDefinition("shell", .string, doc: "Which one, by name. Not set: the first that takes the selected targets."),
      OptionDefinition("args", .arguments, default: .list([]), doc: "Arguments for it; what follows `--` comes after them."),
    ])

  package static let export = OptionScope(
    "export", doc: "Export environments into the dist folder, for editors.",
    options: [OptionDefinition("resolve", .stringList, default: .list([]), doc: "Which ones, by name.")])

  package static let generateLockfiles = OptionScope(
    "generate-lockfiles", doc: "Generate lockfiles.",
    options: [
      OptionDefinition("resolve", .stringList, default: .list([]), doc: "Which ones, by name. Not set: all."),
      OptionDefinition("diff", .bool, default: .bool(true), doc: "Tell what changed in each, name by name."),
    ])
}
