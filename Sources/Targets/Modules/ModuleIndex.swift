// Who provides which importable name: one index for all targets of a space, asked for every distinct import.

internal import Snapshots

/// The targets that a module stands for.
struct ModuleProviders: Equatable, Sendable {
  var implementations: [TargetID] = []
  var stubs: [TargetID] = []

  var isEmpty: Bool { implementations.isEmpty && stubs.isEmpty }
  var isAmbiguous: Bool { implementations.count > 1 || stubs.count > 1 }
  /// Ascending.
  var all: [TargetID] { stubs.isEmpty ? implementations : (implementations + stubs).sorted() }
}

/// The importable names of one space, partition by partition.
struct ModuleIndex: Sendable {
  /// Most modules have one provider, which needs no memory of its own.
  private enum Held: Sendable {
    case implementation(TargetID)
    case stub(TargetID)
    case several(ModuleProviders)

    init(_ target: TargetID, isStub: Bool) { self = isStub ? .stub(target) : .implementation(target) }

    var providers: ModuleProviders {
      switch self {
      case .implementation(let target): ModuleProviders(implementations: [target])
      case .stub(let target): ModuleProviders(stubs: [target])
      case .several(let providers): providers
      }
    }

    mutating func add(_ target: TargetID, isStub: Bool) {
      var all = providers
      if isStub { all.stubs.append(target) } else { all.implementations.append(target) }
      self = .several(all)
    }
  }

  private struct Partition: Sendable {
    var firstParty: [String: Held] = [:]
    var thirdParty: [String: Held] = [:]
  }

  /// Numbers of partitions, in the order of their first target.
  private var numbers: [String: Int] = [:]
  private var partitions: [Partition] = []
  /// First parts of the workspace's own modules.
  private(set) var topLevelNames: Set<String> = []
  /// The one that was met last: neighbours have it in common.
  private var lastTopLevelName = ""

  /// The number of a partition, which exists from now on.
  /// - Parameters:
  ///   - partition: "" where there is only one.
  ///   - capacity: about how many of the workspace's own modules the first one will hold.
  mutating func number(adding partition: String, capacity: Int = 0) -> Int {
    if let known = numbers[partition] { return known }
    let number = partitions.count
    numbers[partition] = number
    partitions.append(Partition())
    if number == 0 { partitions[number].firstParty.reserveCapacity(capacity) }
    return number
  }

  mutating func add(_ module: String, isStub: Bool, by target: TargetID, isFirstParty: Bool, in number: Int) {
    func insert(_ modules: inout [String: Held]) {
      // Most modules are new: one look-up puts them in.
      guard var earlier = modules.updateValue(Held(target, isStub: isStub), forKey: module) else { return }
      earlier.add(target, isStub: isStub)
      modules[module] = earlier
    }
    if !isFirstParty { return insert(&partitions[number].thirdParty) }
    insert(&partitions[number].firstParty)
    let dot = UInt8(ascii: ".")
    let isKnown =
      module.utf8.starts(with: lastTopLevelName.utf8) && module.utf8.dropFirst(lastTopLevelName.utf8.count).first.map { $0 == dot } ?? true
    if isKnown, !lastTopLevelName.isEmpty { return }
    lastTopLevelName = module.utf8.firstIndex(of: dot).map { String(module[..<$0]) } ?? module
    topLevelNames.insert(lastTopLevelName)
  }

  var names: [String] { numbers.sorted { $0.value < $1.value }.map(\.key) }

  func number(of partition: String) -> Int? { numbers[partition] }

  /// The nearest providers of a module: implementations and stubs each for themselves.
  ///
  /// Of the workspace's own modules the module itself counts, or the one around it (the last part may be a name inside); of others
  /// every module around it. What lies nearer to the module wins over what lies farther.
  func providers(of module: String, in partition: Int) -> ModuleProviders {
    let partition = partitions[partition]
    var own: (found: ModuleProviders, distance: Int)?
    if let found = partition.firstParty[module]?.providers {
      own = (found, 0)
    } else if let around = ModuleIndex.around(module), let found = partition.firstParty[around]?.providers {
      own = (found, 1)
    }
    var other: (found: ModuleProviders, distance: Int)?
    if !partition.thirdParty.isEmpty {
      var name = module
      var distance = 0
      while true {
        if let found = partition.thirdParty[name]?.providers {
          other = (found, distance)
          break
        }
        guard let around = ModuleIndex.around(name) else { break }
        name = around
        distance += 1
      }
    }
    guard let other else { return own?.found ?? ModuleProviders() }
    guard let own else { return other.found }
    func nearest(_ list: (ModuleProviders) -> [TargetID]) -> [TargetID] {
      let (a, b) = (list(own.found), list(other.found))
      if a.isEmpty || b.isEmpty { return a + b }
      return own.distance == other.distance ? (a + b).sorted() : own.distance < other.distance ? a : b
    }
    return ModuleProviders(implementations: nearest(\.implementations), stubs: nearest(\.stubs))
  }

  /// The module that holds another; nil for one without a dot.
  static func around(_ module: String) -> String? {
    module.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(module[..<$0]) }
  }

  /// A name with leading dots as seen from a module's folder: one dot is the folder, each further one the folder above.
  /// - Parameter folder: parts of the importing file's folder below its source root.
  /// - Returns: nil where it leaves the source root.
  static func absolute(_ name: String, from folder: [Substring]) -> String? {
    let dots = name.utf8.prefix { $0 == UInt8(ascii: ".") }.count
    guard dots - 1 <= folder.count else { return nil }
    let parts =
      folder.dropLast(dots - 1).map(String.init) + name.utf8.dropFirst(dots).split(separator: UInt8(ascii: ".")).map { String($0) ?? "" }
    return parts.isEmpty ? nil : parts.joined(separator: ".")
  }
}
