// A language that needs nothing but a shell: a plugin with every kind of tool, for goals that no shipped plugin uses fully.

import Foundation

enum Toy {
  static let configuration = "[GLOBAL]\nplugin_paths = [\"tools/plugins\"]\nbackend_packages = [\"toy\"]\n"

  /// A workspace of toy targets: `a.x` and `c.x` are well, `b.x` holds the word `bad`.
  static func workspace(_ more: [String: String] = [:], store: Baji? = nil) throws -> Baji {
    let files = [
      "baji.toml": configuration, "tools/plugins/toy/plugin.star": plugin, "tools/plugins/toy/data.txt": "1",
      "src/BUILD": "things(name   = \"s\")\ntoy_tests(name = \"t\")\n",
      "src/a.x": "fine\n", "src/b.x": "all bad\n", "src/c.x": "fine\n",
    ]
    return try Baji(files.merging(more) { $1 }, store: store)
  }

  private static let plugin = #"""
    plugin(name = "toy", api = 1)

    check_options = subsystem("toy-check", doc = "d", options = {"skip": option.bool(False)})
    test_options = subsystem("toy-test", doc = "d", options = {"allow_empty": option.bool(False), "skip": option.bool(False)})
    thing = target_type("thing", doc = "t", fields = {
        "source": field.source(required = True),
        "dependencies": field.dependencies(),
        "resolve": field.string("main"),
        "skip_toy_check": field.bool(False),
    })
    target_generator("things", doc = "t", generates = thing, sources = ["*.x"])
    toy_test = target_type("toy_test", doc = "t", fields = {
        "source": field.source(required = True),
        "dependencies": field.dependencies(),
        "tag": field.string(),
        "timeout": field.int(),
        "skip_tests": field.bool(False),
        "extra_env_vars": field.string_list(),
    })
    target_generator("toy_tests", doc = "t", generates = toy_test, sources = ["*.t"])

    sh = tool.system("sh")
    _FIND = """for f in "$@"; do grep -n bad "$f" | sed "s|^\\([0-9]*\\):.*|$f:\\1:1: error: bad word [E1]|"; done > ../tmp/out; cat ../tmp/out
    test ! -s ../tmp/out || { echo "Found errors"; exit 1; }"""
    _findings = diagnostics.regex(
        "^(?P<path>[^:]+):(?P<line>\\d+):(?P<column>\\d+): (?P<severity>\\w+): (?P<message>.*) \\[(?P<code>\\w+)\\]",
        ignore = "^Found",
    )

    def _resolve(ctx, target):
        return (target.field("resolve"),)

    def _check(ctx, group):
        return ctx.action(
            argv = [ctx.tool(sh), "-c", _FIND, "sh"] + group.paths,
            inputs = [group.closure],
            label = "toy-check on %s" % group.key[0],
        )

    checker("toy-check", targets = ["thing"], options = check_options, partition = _resolve, run = _check, diagnostics = _findings)

    def _lint(ctx, files):
        return ctx.action(argv = [ctx.tool(sh), "-c", _FIND, "sh"] + files.paths, inputs = [files], env = {"KEY": str(files.key)})

    linter("toy-lint", targets = ["thing"], partition = _resolve, run = _lint, diagnostics = _findings)

    def _fix(ctx, files):
        return ctx.action(argv = [ctx.tool(sh), "-c", "sed -i s/bad/good/ \"$@\"", "sh"] + files.paths, inputs = [files])

    fixer("toy-fix", targets = ["thing"], run = _fix)

    def _build(ctx, files):
        return ctx.action(argv = [ctx.tool(sh), "-c", "sed -i 's/  */ /g' \"$@\"", "sh"] + files.paths, inputs = [files])

    formatter("toy-build", build_files = True, run = _build)

    _TEST = """for f in "$@"; do
      echo "run $f"; echo "$f" > .cov; echo '<testsuite/>' > report.xml
      grep -q empty "$f" && exit 5
      grep -q fail "$f" && exit 1
    done
    exit 0"""

    def _test(ctx, batch):
        return ctx.action(
            argv = [ctx.tool(sh), "-c", _TEST, "sh"] + batch.paths,
            inputs = [batch.closure],
            env = ctx.test_env(batch) | {"SLOT": ctx.slot},
            optional_outputs = {"junit": "report.xml"} | ({"coverage": ".cov"} if batch.coverage else {}),
            timeout = batch.timeout,
            label = "toy test %s" % batch.address,
        )

    def _report(ctx, reports):
        merged = ctx.action(
            argv = [ctx.tool(sh), "-c", "cat \"$@\" > all", "sh"] + reports.paths,
            inputs = [reports.coverage],
            outputs = {"all": "all"},
        )
        return ctx.action(
            argv = [ctx.tool(sh), "-c", "echo covered: $(cat all); mkdir -p toy; cp all toy/report.txt"],
            inputs = [merged],
            outputs = {"toy": "toy/"},
        )

    tester(
        "toy",
        targets = ["toy_test"],
        options = test_options,
        run = _test,
        batch_key = lambda ctx, target: target.field("tag"),
        report = _report,
        exit_codes = {"passed": [0], "none": [5]},
        allow_none = "allow_empty",
    )

    def _repl(ctx, targets):
        return ctx.action(argv = [ctx.tool(sh), "-c", "ls src; echo \"$@\"", "sh"] + [t.address for t in targets], inputs = [ctx.closure(targets)])

    repl("toy", targets = ["thing"], run = _repl)

    def _names(ctx):
        return ["main", "other"]

    def _export(ctx, name, directory):
        return ctx.action(argv = [ctx.tool(sh), "-c", "mkdir -p $1 && echo $2 > $1/env", "sh", directory + "/toy/" + name, name])

    exporter("toy-env", names = _names, run = _export)

    def _lock(ctx, name):
        return ctx.action(
            argv = [ctx.tool(sh), "-c", "printf 'dep 1.%s\\nnew 2\\n' $1 > out; test $1 != bad", "sh", ctx.plugin_file("data.txt").strip()],
            outputs = {"lockfile": "out"},
        )

    def _pins(ctx, text):
        return {line.split(" ")[0]: line.split(" ")[1] for line in text.strip().split("\n")}

    lockfile_generator("toy-lock", names = _names, run = _lock, path = lambda ctx, name: "locks/%s.lock" % name, pins = _pins)
    """#
}
