// The floors: the package's arrows point down, and the page that says so tells the truth.

internal import Foundation
internal import Testing

@Suite struct LayeringTests {
  @Test func aTargetImportsLowerFloorsOnly() throws {
    let shims = Set(try Checkout.targets().filter(\.isShim).map(\.name))
    let floors = Dictionary(try Checkout.floors().map { ($0.target, $0.floor) }, uniquingKeysWith: { first, _ in first })
    var wrong: [String] = []
    for target in try Checkout.targets() where target.isFloor || target.isShim {
      if target.isShim {
        wrong += target.dependencies.filter { !shims.contains($0) }.map { "\(target.name) → \($0)" }
        continue
      }
      guard let own = floors[target.name] else {
        wrong.append("\(target.name) has no floor in docs/architecture.md")
        continue
      }
      for dependency in target.dependencies where floors[dependency, default: 0] >= own {
        wrong.append("\(target.name) (floor \(own)) → \(dependency) (floor \(floors[dependency, default: 0]))")
      }
    }
    #expect(wrong == [])
  }

  @Test func thePackageAndThePageListTheSameTargetsFromTheGroundUp() throws {
    let page = try Checkout.floors()
    let package = try Checkout.targets().filter(\.isFloor).map(\.name)
    #expect(page.map(\.target) == package)
    #expect(page.map(\.floor) == page.map(\.floor).sorted())
  }

  @Test func everyFloorHasAReadme() throws {
    for (_, target) in try Checkout.floors() {
      #expect(
        FileManager.default.fileExists(atPath: Checkout.root.appending(path: "Sources/\(target)/README.md").path), "Sources/\(target)")
    }
  }
}
