// swift-tools-version: 6.2
// The plan of the house: every target in floor order. A target imports lower floors only;
// `LayeringTests` reads this file's dump and fails on an arrow that goes up.
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The binary with fault points in it is built with `-Xswiftc -DFAULTS`; see `Sources/Host/FaultPoint.swift`.
func floor(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = ["README.md"]) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"], exclude: resources, swiftSettings: settings)
}

let package = Package(
  name: "baji",
  products: [
    .executable(name: "baji", targets: ["baji"]),
    .library(name: "Starlark", targets: ["Starlark"]),
  ],
  targets: [
    // Ground: C shims, each a folder of a header and a module map (and what needs compiling).
    .target(name: "CLMDB", dependencies: ["CXXHash"], linkerSettings: [.linkedLibrary("lmdb")]),
    .systemLibrary(name: "CPCRE2"),
    .target(name: "CXXHash"),
    .target(name: "CSHA256"),
    .target(name: "CHost"),

    // Floor 1
    floor("Events"),
    floor("Formats"),
    floor("Diagnostics"),
    floor("Fingerprints", ["CSHA256", "CXXHash"]),
    floor("Host", ["CHost"]),

    // Floor 2
    floor("StarlarkSyntax", ["Diagnostics"]),
    floor("Options", ["Diagnostics", "Formats", "Host"]),
    floor("ImportScanners"),
    floor("Store", ["CHost", "CLMDB", "Fingerprints", "Host"]),

    // Floor 3
    floor("Starlark", ["StarlarkSyntax", "Diagnostics"]),
    floor("Git", ["Diagnostics", "Formats", "Host"]),
    floor("Snapshots", ["Fingerprints", "Host", "Store"]),

    // Floor 4
    floor(
      "Targets",
      ["Diagnostics", "Fingerprints", "Host", "ImportScanners", "Snapshots", "Starlark", "Store"]),
    floor("Execution", ["Events", "Fingerprints", "Host", "Store"]),

    // Floor 5
    floor("Scheduling", ["Events", "Execution", "Fingerprints", "Host", "Store"]),

    // Floor 6
    floor(
      "Plugins",
      [
        "CPCRE2", "Diagnostics", "Execution", "Fingerprints", "Formats", "Git", "Host", "Options", "Scheduling", "Snapshots",
        "Starlark", "Store", "Targets",
      ]),
    floor("Console", ["Events", "Host"]),

    // Floor 7
    floor(
      "Goals",
      [
        "Diagnostics", "Events", "Execution", "Fingerprints", "Formats", "Git", "Host", "Options", "Plugins", "Scheduling",
        "Snapshots", "Store", "Targets",
      ]),

    // Floor 8
    floor(
      "Invocation",
      [
        "Console", "Diagnostics", "Events", "Execution", "Fingerprints", "Goals", "Host", "Options", "Plugins",
        "Scheduling", "Snapshots", "Store", "Targets",
      ]),

    // Floor 9
    .executableTarget(name: "baji", dependencies: ["Invocation"], exclude: ["README.md"], swiftSettings: settings),

    // Tests
    .target(name: "TestSupport", dependencies: [], path: "Tests/TestSupport", swiftSettings: settings),
    tests("FormatsTests", ["Formats"]),
    tests("DiagnosticsTests", ["Diagnostics"]),
    tests("FingerprintsTests", ["Fingerprints"]),
    tests("HostTests", ["Host"]),
    tests("StarlarkSyntaxTests", ["Diagnostics", "StarlarkSyntax"]),
    tests("OptionsTests", ["Diagnostics", "Formats", "Options"]),
    tests("ImportScannersTests", ["ImportScanners"], resources: ["Reference"]),
    .executableTarget(
      name: "store-exerciser", dependencies: ["Fingerprints", "Host", "Store"], path: "Tests/StoreExerciser", swiftSettings: settings),
    tests("StoreTests", ["Fingerprints", "Host", "Store", "store-exerciser"]),
    tests("StarlarkTests", ["Diagnostics", "Starlark", "StarlarkSyntax"], resources: ["Fixtures"]),
    tests("GitTests", ["Git", "Host"]),
    tests("SnapshotsTests", ["Fingerprints", "Host", "Snapshots", "Store"]),
    tests(
      "TargetsTests",
      ["Diagnostics", "Fingerprints", "Host", "ImportScanners", "Snapshots", "Starlark", "Store", "Targets"]),
    tests("ExecutionTests", ["Events", "Execution", "Fingerprints", "Host", "Store"]),
    tests("SchedulingTests", ["Events", "Execution", "Fingerprints", "Host", "Scheduling", "Store"]),
    tests("ConsoleTests", ["Console", "Events", "Host"]),
    tests(
      "PluginsTests",
      [
        "Diagnostics", "Execution", "Fingerprints", "Formats", "Host", "Options", "Plugins", "Scheduling", "Snapshots",
        "Starlark", "Store", "Targets",
      ]),
    tests("GoalsTests", ["Diagnostics", "Events", "Fingerprints", "Formats", "Goals", "Scheduling"]),
    tests("EndToEndTests", []),
    tests("LayeringTests", []),
  ]
)
