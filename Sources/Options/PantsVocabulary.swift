// What Pants has and Baji has not: names of goals, and options that mean nothing here, each with the reason.

/// Words of Pants 2.17 and later. Nothing here takes effect: it decides what is told.
package enum PantsVocabulary {
  /// Goals that Pants has of its own. An alias of such a name would mean another thing there.
  static let goals: Set<String> = [
    "bsp", "check", "complete", "count-loc", "dependencies", "dependents", "deploy", "experimental-bsp", "experimental-deploy",
    "experimental-explorer", "export", "export-codegen", "filedeps", "filter", "fix", "fmt", "generate-lockfiles", "generate-snapshots",
    "help", "help-advanced", "help-all", "lint", "list", "migrate-call-by-name", "package", "paths", "peek", "publish", "repl", "roots",
    "run", "tailor", "test", "update-build-files", "version",
  ]

  package static func isGoal(_ name: String) -> Bool { goals.contains(name) }

  /// Why an option of Pants' own means nothing here; nil for one that Pants' core does not have.
  package static func reason(section: String, option: String) -> String? {
    if section == OptionScope.global { return global[option] ?? (option.hasPrefix("remote_") ? elsewhere : nil) }
    return options["\(section).\(option)"] ?? sections[section] ?? downloads[option]
  }

  /// The same for `PANTS_…` of an option of `[GLOBAL]`.
  static func reason(variable: String) -> String? {
    guard variable.hasPrefix("PANTS_") else { return nil }
    let name = variable.dropFirst(6).lowercased()
    let option = name.hasPrefix("global_") ? String(name.dropFirst(7)) : name
    return reason(section: OptionScope.global, option: option) ?? reason(section: OptionScope.global, option: "pants_\(option)")
  }

  /// Whether a flag is one of Pants' `[GLOBAL]` options that mean nothing here: scripts that were written for Pants go on.
  static func ignoredFlag(_ spelling: String) -> (section: String, option: String)? {
    var name = spelling.dropFirst(2)
    if name.hasPrefix("no-") { name = name.dropFirst(3) }
    let option = String(name.map { $0 == "-" ? "_" : $0 })
    if reason(section: OptionScope.global, option: option) != nil { return (OptionScope.global, option) }
    for section in sections.keys where name.hasPrefix("\(section)-") {
      return (section, String(option.dropFirst(section.count + 1)))
    }
    for key in options.keys.sorted() {
      let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
      if parts.count == 2, OptionScope(parts[0], doc: "", options: []).flag(parts[1]) == "--\(name)" { return (parts[0], parts[1]) }
    }
    return nil
  }

  private static let elsewhere = "actions run on this machine, and results are kept on it"
  private static let daemon = "there is no daemon"
  private static let plugins = "plugins made for Pants are not run"
  private static let engine = "the engine has no such setting"
  private static let log = "no log is written"

  /// Of the section of any tool.
  private static let downloads: [String: String] = {
    let names = ["known_versions", "url_template", "url_platform_mapping", "use_unsupported_version"]
    return Dictionary(uniqueKeysWithValues: names.map { ($0, "a tool comes from its lock, or is this machine's") })
  }()

  private static let global: [String: String] = {
    var reasons: [String: String] = [:]
    for (reason, names) in [
      (plugins, ["plugins", "plugins_force_resolve", "pythonpath"]),
      (
        daemon,
        [
          "pantsd_invalidation_globs", "pantsd_max_memory_usage", "pantsd_nailgun_port", "pantsd_timeout_when_multiple_invocations",
          "pants_subprocessdir", "watch_filesystem", "process_execution_local_enable_nailgun",
        ]
      ),
      (elsewhere, ["cache_content_behavior", "docker_execution", "process_execution_remote_parallelism", "ca_certs_path"]),
      (log, ["logdir", "log_levels_by_target", "log_show_rust_3rdparty", "show_log_target"]),
      ("an error shows its place and its cause as it is", ["print_stacktrace", "engine_visualize_to"]),
      (
        "nobody listens to a run",
        ["streaming_workunits_report_interval", "streaming_workunits_level", "streaming_workunits_complete_async"]
      ),
      (
        "the store looks after itself: `[cache] max_size`",
        [
          "local_store_directories_max_size_bytes", "local_store_files_max_size_bytes", "local_store_processes_max_size_bytes",
          "local_store_shard_count", "named_caches_dir",
        ]
      ),
      (
        engine,
        [
          "allow_deprecated_macos_versions", "dynamic_ui_renderer", "enable_target_origin_sources_blocks", "file_downloads_max_attempts",
          "file_downloads_retry_delay", "loop", "loop_max", "pants_bin_name", "pants_physical_workdir_base",
          "process_execution_cache_namespace",
          "process_per_child_memory_usage", "process_total_child_memory_usage", "rule_threads_core", "rule_threads_max", "sandboxer",
          "session_end_tasks_timeout", "stats_record_option_scopes", "subproject_roots",
          "use_deprecated_pex_binary_run_semantics",
          "use_deprecated_directory_cli_args_semantics",
        ]
      ),
    ] { for name in names { reasons[name] = reason } }
    return reasons
  }()

  private static let sections: [String: String] = [
    "anonymous-telemetry": "nothing is sent to anybody",
    "environments-preview": "actions run on this machine, in its own environment",
    "experimental-bsp": "there is no build server", "experimental-explorer": "there is no explorer",
    "workunit-logger": "nobody listens to a run",
  ]

  private static let options: [String: String] = [
    "stats.memory_summary": "memory is not counted", "stats.output_file": "counters are printed only",
    "test.debug_adapter": "no debug adapter is started", "run.debug_adapter": "no debug adapter is started",
    "repl.restartable": "a session begins anew with `baji repl`",
    "generate-lockfiles.custom_command": "a lock says itself how it is made anew",
    "generate-lockfiles.diff_include_unchanged": "what stays is not told",
    "update-build-files.formatter": "formatters of BUILD files are backends: `fmt` runs them",
  ]
}
