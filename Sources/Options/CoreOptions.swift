// The scopes that belong to no plugin: the run as a whole, the store, tools of the machine, and the goals.

/// Definitions only. Names and meanings are those of Pants where it has the option, so that its config files work unchanged.
package enum CoreOptions {
  /// Every scope of the core. Plugins' come on top.
  package static let all: [OptionScope] = all(addingRootPatterns: [])

  package static let global = OptionScope(OptionScope.global, doc: "Options of the whole run.", options: files + running + output)

  /// What decides which files there are, and so cannot stand in one.
  static let earlyOptions: Set<String> = ["pants_config_files", "config_files"]

  private static let files: [OptionDefinition] = [
    OptionDefinition(
      "backend_packages", .stringList, default: .list([]), doc: "The plugins to use, by name or by the name that Pants has for them."),
    OptionDefinition(
      "plugin_paths", .stringList, default: .list([]), doc: "Folders of the workspace in which plugins lie, one folder a plugin."),
    OptionDefinition(
      "build_patterns", .stringList, default: .strings(["BUILD", "BUILD.*"]), doc: "Names of the files that declare targets.",
      isAdvanced: true),
    OptionDefinition(
      "build_ignore", .stringList, default: .list([]), doc: "Patterns, as in `.gitignore`, of BUILD files that are not read.",
      isAdvanced: true),
    OptionDefinition(
      "build_file_prelude_globs", .stringList, default: .list([]), doc: "Files whose functions every BUILD file may call.", isAdvanced: true
    ),
    OptionDefinition(
      "implicit_targets", .bool, default: .bool(false),
      doc: "Whether source files that no BUILD file speaks of have the targets that would be written for them."),
    OptionDefinition(
      "pants_ignore", .stringList, default: .strings([".*/", "/dist/", "__pycache__", "!.semgrep/", "!.github/"]),
      doc: "Patterns, as in `.gitignore`, of files and folders that no glob sees.", aliases: ["ignore"], isAdvanced: true),
    OptionDefinition(
      "pants_ignore_use_gitignore", .bool, default: .bool(true), doc: "Whether the workspace's `.gitignore` counts as well.",
      aliases: ["ignore_use_gitignore"], isAdvanced: true),
    OptionDefinition(
      "unmatched_build_file_globs", .enumeration(["ignore", "warn", "error"]), default: .string("warn"),
      doc: "What to do about a file or glob in a BUILD file that matches nothing.", isAdvanced: true),
    OptionDefinition(
      "unmatched_cli_globs", .enumeration(["error", "warn", "ignore"]), default: .string("error"),
      doc: "What to do about a file, folder or glob on the command line that selects nothing.", isAdvanced: true),
    OptionDefinition(
      "unknown_targets", .enumeration(["error", "warn", "ignore"]),
      doc:
        "What to do about a target type that no plugin knows: an error, or an opaque target. Not set: an error with `baji.toml`, else a warning.",
      isAdvanced: true),
    OptionDefinition(
      "pants_config_files", .stringList, default: .strings(["pants.toml", "baji.toml"]),
      doc: "Config files, weakest first. Only flags and environment count here.", aliases: ["config_files"], isAdvanced: true),
    OptionDefinition(
      "pantsrc", .bool, default: .bool(true), doc: "Whether personal config files are read.", aliases: ["rc"], isAdvanced: true),
    OptionDefinition(
      "pantsrc_files", .stringList,
      default: .strings(["/etc/pantsrc", "~/.pants.rc", ".pants.rc", "/etc/bajirc", "~/.bajirc", ".bajirc"]),
      doc: "Personal config files, weakest first; all of them are stronger than the workspace's.", aliases: ["rc_files"], isAdvanced: true),
    OptionDefinition(
      "verify_config", .bool, default: .bool(true),
      doc: "Whether an unknown section or option in `baji.toml` is an error. In files for Pants it never is.", isAdvanced: true),
    OptionDefinition(
      "pants_version", .string,
      doc:
        "The version of Pants that this workspace is made for: defaults are then Pants' where ours are others, and files before 2.18 stand for their programs, too.",
      isAdvanced: true),
    OptionDefinition(
      "pants_distdir", .string, default: .string("dist"), doc: "The folder for artifacts, from the workspace's root.",
      aliases: ["distdir", "dist_dir"],
      isAdvanced: true),
    OptionDefinition(
      "pants_workdir", .string, default: .string(".pants.d"),
      doc: "What `%(pants_workdir)s` stands for in config files. Nothing is written there.", isAdvanced: true),
    OptionDefinition(
      "tag", .stringList, default: .list([]),
      doc: "Only targets with one of these tags (`a,b`), or without (`-a`); repeated: all must hold."),
    OptionDefinition("spec_files", .stringList, default: .list([]), doc: "Files that hold specs, one a line.", isAdvanced: true),
  ]

  private static let running: [OptionDefinition] = [
    OptionDefinition(
      "local_store_dir", .string, doc: "The folder of the store. Not set: `baji` in the user's cache folder.", isAdvanced: true),
    OptionDefinition(
      "local_execution_root_dir", .string, doc: "The folder for sandboxes. Not set: the system's temporary one.", isAdvanced: true),
    OptionDefinition(
      "keep_sandboxes", .enumeration(["always", "on_failure", "never"]), default: .string("never"),
      doc: "Which sandboxes stay after their action."),
    OptionDefinition(
      "process_cleanup", .bool, doc: "An older name: `false` is `keep_sandboxes = \"always\"`, `true` is `\"never\"`.", isAdvanced: true),
    OptionDefinition(
      "process_execution_local_parallelism", .int, doc: "How many actions run at once. Not set: one a processor.", shortFlag: "j",
      aliases: ["jobs"], isAdvanced: true),
    OptionDefinition(
      "process_execution_graceful_shutdown_timeout", .int, default: .int(3), doc: "Seconds between asking a process to end and ending it.",
      isAdvanced: true),
    OptionDefinition("local_cache", .bool, default: .bool(true), doc: "Whether results of earlier runs count.", isAdvanced: true),
    OptionDefinition(
      "concurrent", .bool, default: .bool(false), doc: "Accepted and not used: several runs at once are always possible.", isAdvanced: true),
    OptionDefinition("pantsd", .bool, default: .bool(true), doc: "Accepted and not used: there is no daemon.", isAdvanced: true),
  ]

  private static let output: [OptionDefinition] = [
    OptionDefinition(
      "level", .enumeration(["trace", "debug", "info", "warn", "error"]), default: .string("info"),
      doc: "The least important messages to show.",
      shortFlag: "l"),
    OptionDefinition(
      "ignore_warnings", .stringList, default: .list([]),
      doc: "Warnings that are not shown: those that begin with such a text, or in which the pattern behind `$regex$` is found.",
      isAdvanced: true),
    OptionDefinition("colors", .bool, doc: "Whether output is coloured. Not set: on a terminal.", aliases: ["color"]),
    OptionDefinition("dynamic_ui", .bool, doc: "Whether running actions are drawn. Not set: on a terminal outside of CI."),
  ]

  /// Read before the goals are known, since it rewrites the arguments.
  package static let cli = OptionScope(
    "cli", doc: "The command line.",
    options: [
      OptionDefinition(
        "alias", .dictionary, default: .dictionary([]), doc: "Words and flags that stand for others: `green = \"lint test ::\"`.")
    ])

  package static let cache = OptionScope(
    "cache", doc: "The local store.",
    options: [
      OptionDefinition(
        "max_size", .memorySize, default: .int(20 << 30), doc: "How large the store may grow before what was not used for longest goes.")
    ])

  package static let changed = OptionScope(
    "changed", doc: "Select targets by what git says has changed, in place of specs.",
    options: [
      OptionDefinition(
        "since", .string,
        doc:
          "What changed since HEAD and this commit, branch or tag parted, and what is not committed. `auto` finds the base: of a pull request, a push, a branch."
      ),
      OptionDefinition("diffspec", .string, doc: "What a commit or a range of commits (`A..B`, `A...B`) changed."),
      OptionDefinition(
        "dependents", .enumeration(["none", "direct", "transitive"]), default: .string("none"),
        doc: "Which dependents of the changed targets are selected as well.", aliases: ["dependees"]),
      OptionDefinition(
        "precision", .enumeration(["file", "content"]), default: .string("content"), defaultWithPants: .string("file"),
        doc:
          "`content`: of BUILD files, requirements and locks what changed in them counts, and a tool's configuration selects what the tool judges. `file`: as Pants does it.",
        isAdvanced: true),
      OptionDefinition(
        "files_from", .string, doc: "A file that lists changed files, one a line or with NULs between them; `-` is standard input."),
    ])

  /// The same with the source roots that plugins' languages commonly have, behind `/` and `src`.
  package static func all(addingRootPatterns patterns: [String]) -> [OptionScope] {
    [global, cli, cache, changed, source(patterns), systemTools, subprocessEnvironment, stats] + goals
  }

  package static let subprocessEnvironment = OptionScope(
    "subprocess-environment", doc: "The variables of every action, beside those that it says itself.",
    options: [
      OptionDefinition(
        "env_vars", .stringList, default: .list([]),
        doc:
          "`NAME=value`, or `NAME` (or `NAME*`) for the value of this run. Their values are part of what results depend on; those with secret names are not, and are masked.",
        isAdvanced: true)
    ])

  package static let stats = OptionScope(
    "stats", doc: "Counters of a run.",
    options: [
      OptionDefinition("log", .bool, default: .bool(false), doc: "Print at the end of a run how many actions ran and how many were kept.")
    ])

  private static func source(_ patterns: [String]) -> OptionScope {
    OptionScope(
      "source", doc: "The roots that importable names are counted from.",
      options: [
        OptionDefinition(
          "root_patterns", .stringList, default: .strings(["/", "src"] + patterns),
          doc:
            "Ends of the paths of source roots. A leading `/` ties a pattern to the workspace's root, which is `/` alone; `*` is any one part.",
          isAdvanced: true),
        OptionDefinition(
          "marker_filenames", .stringList, default: .list([]), doc: "A folder that holds a file of such a name is a source root.",
          isAdvanced: true),
      ])
  }

  package static let systemTools = OptionScope(
    "system-tools", doc: "Tools that the machine provides.",
    options: [
      OptionDefinition(
        "search_path", .stringList, default: .strings(["<PATH>"]),
        doc: "Folders in which to look, in order; `<PATH>` stands for the environment's.")
    ])
}
