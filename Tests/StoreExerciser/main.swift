// A process for the store's crash tests: puts and gets until it is told to stop or killed, and says when something wrong is served.
//
//     store-exerciser write FOLDER SEED [ROUNDS] [MAPSIZE]   exit 0, or 1 with a line per wrong answer
//     store-exerciser check FOLDER                           reads all that `write` may have put; prints `found N wrong M persistent B halves H`

import Fingerprints
import Glibc
import Host
import Store
import Synchronization

/// The content under a number: so every reader knows what must be there.
func content(_ number: Int) -> [UInt8] {
  let size = number % 10 == 0 ? 70_000 + number * 13 % 50_000 : number * 37 % 3000
  let text = Array("\(number) ".utf8)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(size + text.count)
  while bytes.count < size { bytes += text }
  return bytes
}

let numbers = 400
let tables: [Store.Table] = [.memo, .actions, .verdicts]

/// - Returns: how many contents were found, how many batches were found in part, and what was wrong.
func check(_ store: Store, _ range: Range<Int>) -> (found: Int, halves: Int, wrong: [String]) {
  var found = 0
  var halves = 0
  var wrong: [String] = []
  for number in range {
    let expected = content(number)
    let key = store.secret.fingerprint(of: "key \(number)")
    for table in tables {
      if let bytes = store.get(table, key: key) {
        found += 1
        if bytes != expected { wrong.append("\(table) \(number)") }
      }
    }
    if let bytes = store.blob(store.secret.fingerprint(of: expected)) {
      found += 1
      if bytes != expected { wrong.append("blob \(number)") }
    }
    if store.get(.manifests, key: key) == nil, store.get(.history, key: key) != nil { halves += 1 }
  }
  return (found, halves, wrong)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { exit(2) }
let store = Store.openOrDisabled(at: arguments[2], mapSize: arguments.count > 5 ? Int(arguments[5]) : nil) { print("warning: \($0)") }
switch arguments[1] {
case "write":
  var state = UInt64(arguments.count > 3 ? arguments[3] : "1") ?? 1
  let rounds = arguments.count > 4 ? Int(arguments[4]) ?? 0 : Int.max
  var wrong: [String] = []
  for round in 0..<rounds {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let number = Int(state >> 33) % numbers
    let bytes = content(number)
    let key = store.secret.fingerprint(of: "key \(number)")
    let name = store.putBlob(bytes)
    store.put(tables[round % tables.count], key: key, bytes)
    store.put(batch: [Store.Entry(.manifests, key, [1]), Store.Entry(.history, key, [2])])
    if store.blob(name) != bytes { wrong.append("just put \(number)") }
    wrong += check(store, number..<number + 1).wrong
    if round % 50 == 49 {
      store.flush()
      _ = try store.tree(recipe: store.secret.fingerprint(of: "tree \(number % 5)")) { try Files.write([1], to: "\($0)/a") }
      if round % 200 == 199 { _ = store.collect(maxSize: 4 << 20) }
    }
  }
  store.close()
  for line in wrong { print("wrong: \(line)") }
  exit(wrong.isEmpty ? 0 : 1)
default:
  let (found, halves, wrong) = check(store, 0..<numbers)
  let isPersistent = store.isPersistent
  store.close()
  for line in wrong { print("wrong: \(line)") }
  print("found \(found) wrong \(wrong.count) persistent \(isPersistent) halves \(halves)")
  exit(wrong.isEmpty ? 0 : 1)
}
