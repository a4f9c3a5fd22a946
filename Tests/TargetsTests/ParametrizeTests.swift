// One call as several targets: fields, groups, overrides, defaults, and who means which of them.

import Targets
import Testing

@Suite struct ParametrizeTests {
  @Test func fieldsMultiplyAndGroupsAlternate() throws {
    let graph = try Fixture([
      "a/BUILD": """
      script(name='one', source='x.sh', level=parametrize('low', 'high'), timeout=parametrize(short=1, long=9))
      script(name='two', source='x.sh', **parametrize('quick', timeout=1), **parametrize('slow', timeout=9, level='high'))
      script(name='three', source='x.sh', skip=parametrize(y=True, n=False), **parametrize('g', level=parametrize('low', 'high')))
      """, "a/x.sh": "",
    ]).load()
    #expect(
      Set(graph.printed(graph.ids)) == [
        "a:one@level=high,timeout=long", "a:one@level=high,timeout=short", "a:one@level=low,timeout=long", "a:one@level=low,timeout=short",
        "a:three@level=high,parametrize=g,skip=n", "a:three@level=high,parametrize=g,skip=y", "a:three@level=low,parametrize=g,skip=n",
        "a:three@level=low,parametrize=g,skip=y", "a:two@parametrize=quick", "a:two@parametrize=slow",
      ])
    #expect(graph.field("timeout", of: graph.id("a:one@level=high,timeout=long")) == .int(9))
    #expect(graph.field("level", of: graph.id("a:two@parametrize=slow")) == .string("high"))
    #expect(graph.field("level", of: graph.id("a:two@parametrize=quick")).isNone)
  }

  @Test func overridesAreParametrized() throws {
    let graph = try Fixture([
      "a/BUILD": """
      scripts(level=parametrize('low', 'high'), overrides={
        'x.sh': {'timeout': parametrize(short=1, long=9)},
        ('y.sh', 'z.sh'): {'level': 'low'},
        'w.sh': {**parametrize('g', timeout=3)},
      })
      """, "a/x.sh": "", "a/y.sh": "", "a/z.sh": "", "a/w.sh": "", "a/v.sh": "",
    ]).load()
    #expect(
      Set(graph.printed(graph.ids)) == [
        "a@level=high", "a@level=low", "a/v.sh@level=high", "a/v.sh@level=low",
        "a/x.sh@level=high,timeout=short", "a/x.sh@level=high,timeout=long", "a/x.sh@level=low,timeout=short",
        "a/x.sh@level=low,timeout=long",
        // What an override gives plainly is no parameter any more.
        "a/y.sh", "a/z.sh", "a/w.sh@level=high,parametrize=g", "a/w.sh@level=low,parametrize=g",
      ])
    #expect(graph.printed(graph.ids).count { $0 == "a/y.sh" } == 1)
    #expect(graph.field("timeout", of: graph.id("a/w.sh@level=low,parametrize=g")) == .int(3))
  }

  @Test func defaultsGiveParametersAndTheirGroupsGiveWay() throws {
    let graph = try Fixture([
      "BUILD": "__defaults__({scripts: {**parametrize('g', timeout=1)}, script: {'level': parametrize('low', 'high')}})",
      "a/BUILD": "script(name='s', source='x.sh')\nscript(name='own', source='x.sh', level='low')", "a/x.sh": "",
      "b/BUILD": "scripts(**parametrize('g', timeout=2))", "b/y.sh": "",
      "c/BUILD": "__defaults__({script: {'skip': True}})\nscripts()", "c/z.sh": "",
    ]).load()
    #expect(graph.id("a:s@level=high") >= 0 && graph.id("a:s@level=low") >= 0 && graph.id("a:own") >= 0)
    // The defaults of what a generator generates count as well.
    #expect(graph.field("timeout", of: graph.id("b/y.sh@level=low,parametrize=g")) == .int(2))
    #expect(graph.field("skip", of: graph.id("c/z.sh@parametrize=g")) == .bool(true))
  }

  @Test func whoNamesAParametrizedTargetMeansTheOneLikeIt() throws {
    let graph = try Fixture([
      "a/BUILD": """
      scripts(level=parametrize('low', 'high'))
      script(name='user', source='u.txt.sh', level='high', dependencies=['./x.sh', ':a'])
      script(name='exact', source='u.txt.sh', dependencies=['a/x.sh@level=low', ':single#anything'])
      script(name='both', source='u.txt.sh', level=parametrize('low', 'high'), dependencies=['a/x.sh'])
      script(name='single', source='u.txt.sh')
      """, "a/x.sh": "", "a/u.txt.sh": "",
    ]).load()
    #expect(Set(graph.printed(graph.rawDependencies(of: graph.id("a:user")))) == ["a/x.sh@level=high", "a@level=high"])
    #expect(Set(graph.printed(graph.rawDependencies(of: graph.id("a:exact")))) == ["a/x.sh@level=low", "a:single"])
    #expect(Set(graph.printed(graph.rawDependencies(of: graph.id("a:both@level=low")))) == ["a/x.sh@level=low"])
    #expect(Set(graph.printed(graph.rawDependencies(of: graph.id("a:both@level=high")))) == ["a/x.sh@level=high"])
  }

  @Test(arguments: [
    ("script(name='s', source='x.sh', level=parametrize())", "`parametrize` needs at least one value"),
    ("script(name='s', source='x.sh', level=parametrize('a b'))", "\"a b\" cannot stand in an address"),
    ("script(name='s', source='x.sh', level=parametrize('low', low='high'))", "two values called `low`"),
    ("script(name='s', source='x.sh', timeout=parametrize(1))", "`parametrize` takes strings"),
    ("script(name='s', source='x.sh', **parametrize(timeout=1))", "begins with one unnamed argument"),
    ("script(name='s', source='x.sh', **parametrize('g', timeout=1), **parametrize('g', timeout=2))", "two groups"),
    (
      "script(name='s', source='x.sh', timeout=parametrize(a=1), **parametrize('g', timeout=2))",
      "`timeout` is parametrized by itself and in the group `g`"
    ),
    ("scripts(sources=parametrize(a=['x.sh'], b=['y.sh']))", "`sources` of `scripts` cannot be parametrized"),
    (
      "scripts(level=parametrize('low', 'high'))\ngroup(name='g', dependencies=['a/x.sh'])",
      "`a/x.sh` is several targets, none of which is like `a:g`"
    ),
    ("scripts(overrides={'nothing.sh': {'timeout': 1}})", "`overrides` names `nothing.sh`"),
    ("scripts(overrides={'x.sh': {'timeouts': 1}})", "`scripts` has no field"),
    ("scripts(overrides={'x.sh': {'timeout': 1}, '*.sh': {'timeout': 2}})", "gives `x.sh` the field `timeout` twice"),
    ("script(name='s', source='x.sh')\nscript(name='s', source='x.sh')", "two targets are called `a:s`"),
  ])
  func mistakesAreToldAtTheirPlace(build: String, message: String) throws {
    let errors = try Fixture(["a/BUILD": build, "a/x.sh": "", "a/y.sh": ""]).errors()
    let found = errors.contains {
      $0.hasPrefix("a/BUILD:") && ($0.contains(message) || message.contains("has no field") && $0.contains("has no field"))
    }
    #expect(found, "\(errors)")
  }
}
