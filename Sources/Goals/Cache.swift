// `cache stats|verify|gc|clear`: what the store holds, whether it is whole, and less of it.

internal import Diagnostics
internal import Events
internal import Options
internal import Store

func manageCache(_ session: Session) throws -> Int32 {
  let words = session.command.words
  guard let verb = words.first, words.count == 1 else {
    throw UserError("`cache` takes one of: stats, verify, gc, clear", hint: "for example `baji cache stats`")
  }
  let store = session.store
  switch verb {
  case "stats":
    let statistics = store.statistics()
    session.answer(["store: \(statistics.folder)"])
    session.answer(statistics.parts.map { "\($0.name): \($0.entries) entries, \(sizeText($0.bytes))" })
    session.answer(["in all: \(sizeText(statistics.bytes)); runs going on: \(statistics.liveRuns)"])
    return 0
  case "verify":
    let found = store.verify()
    session.answer([
      "values: \(found.checkedValues) checked, \(found.damagedValues) damaged",
      "blob files: \(found.checkedBlobFiles) checked, \(found.damagedBlobFiles) damaged",
      "trees: \(found.checkedTrees) checked, \(found.damagedTrees) damaged",
    ])
    if found.isDatabaseDamaged { session.answer(["the database itself is damaged: the next run puts it aside"]) }
    if !found.isSound { session.answer(["what is damaged was removed and will be made again"]) }
    return found.isSound ? 0 : 1
  case "gc":
    let report = store.collect(maxSize: Int64(session.options.int("cache", "max_size") ?? 20 << 30))
    if report.wasBusy { session.answer(["another process is collecting already"]) }
    session.answer([
      "\(sizeText(report.sizeBefore)) before, \(sizeText(report.sizeAfter)) now; removed \(report.removedEntries) entries, \(report.removedBlobFiles) blob files, \(report.removedTrees) trees, \(report.removedCaches) caches"
    ])
    return 0
  case "clear":
    do throws(StoreError) { try store.clear() } catch { throw MachineError("\(error)") }
    session.answer(["the store at `\(store.folder)` is empty"])
    return 0
  default:
    throw UserError("`cache` has no `\(verb)`", hint: didYouMean(verb, amongFew: ["stats", "verify", "gc", "clear"]))
  }
}

/// `1.5 MiB`.
func sizeText(_ bytes: Int64) -> String {
  var value = Double(bytes)
  for unit in ["B", "KiB", "MiB", "GiB"] {
    if value < 1024 || unit == "GiB" { return unit == "B" ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(unit)" }
    value /= 1024
  }
  return "\(bytes) B"
}
