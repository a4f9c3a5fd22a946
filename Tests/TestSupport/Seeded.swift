// Random numbers that a test can have again.

/// SplitMix64: the same numbers for the same seed everywhere.
public struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  public init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  public mutating func pick<Element>(_ values: [Element]) -> Element { values[Int(next() % UInt64(values.count))] }

  public mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
}
