// From a walk's findings, in the order of finding, to a listing in the order of names.

extension Listing {
  init(_ findings: WalkFindings) {
    self.init()
    // Where each folder's record is, by the folder's number.
    let recordCount = findings.shards.reduce(0) { $0 + $1.records.count }
    var places = [(shard: Int32, record: Int32)](repeating: (-1, -1), count: recordCount)
    for (shard, found) in findings.shards.enumerated() {
      for (index, record) in found.records.enumerated() { places[Int(record.number)] = (Int32(shard), Int32(index)) }
    }
    let shards = findings.shards
    let fileCount = shards.reduce(0) { $0 + $1.statuses.count }
    fileNames.reserveCapacity(shards.reduce(0) { $0 + $1.names.count })
    fileNameStarts.reserveCapacity(fileCount + 1)
    fileDirectories.reserveCapacity(fileCount)
    statuses.reserveCapacity(fileCount)

    // Folders still to place, the next one last: number, parent, and where its name is.
    var pending: [(number: Int32, parent: DirectoryID, shard: Int32, child: Int32)] = [(0, -1, -1, -1)]
    while let next = pending.popLast() {
      guard Int(next.number) < places.count, places[Int(next.number)].shard >= 0 else { continue }
      let place = places[Int(next.number)]
      let shard = shards[Int(place.shard)]
      let record = shard.records[Int(place.record)]
      guard record.isListed || next.parent < 0 else { continue }
      let id = DirectoryID(directoryCount)
      parents.append(next.parent)
      if next.parent >= 0 {
        directoryPaths.append(contentsOf: directoryPath(next.parent))
        if next.parent > 0 { directoryPaths.append(UInt8(ascii: "/")) }
        directoryNameStarts.append(UInt32(directoryPaths.count))
        directoryPaths.append(contentsOf: shards[Int(next.shard)].childName(Int(next.child)))
      } else {
        directoryNameStarts.append(0)
      }
      directoryPaths.append(0)
      directoryPathStarts.append(UInt32(directoryPaths.count))

      let names = Int(record.nameBytes.lowerBound)..<Int(record.nameBytes.upperBound)
      let base = fileNames.count - names.lowerBound
      shard.names.withUnsafeBufferPointer { all in
        for index in names where all[index] == 0 { fileNameStarts.append(UInt32(base + index + 1)) }
      }
      fileNames.append(contentsOf: shard.names[names])
      statuses.append(contentsOf: shard.statuses[Int(record.files.lowerBound)..<Int(record.files.upperBound)])
      fileDirectories.append(contentsOf: repeatElement(id, count: record.files.count))
      firstFiles.append(PathID(statuses.count))
      for index in stride(from: record.children.upperBound - 1, through: record.children.lowerBound, by: -1) {
        pending.append((record.firstChild + index - record.children.lowerBound, id, place.shard, index))
      }
    }
    deriveStructure()
  }
}

extension Walker.Findings {
  func childName(_ index: Int) -> ArraySlice<UInt8> {
    let end = index + 1 < childNameStarts.count ? Int(childNameStarts[index + 1]) : childNames.count
    return childNames[Int(childNameStarts[index])..<end - 1]
  }
}
