// The store's generation: what says that everything kept until now is still as it was kept.

internal import Fingerprints
internal import Host

extension Store {
  private var generationKey: Fingerprint { secret.fingerprint(of: "generation") }

  /// Changes whenever something that was kept is taken away, or a result takes another's place; and once a day. What stands for many kept results
  /// is believed within one generation only: so what it stands for is there, and is looked up often enough to count as used.
  package var generation: [UInt8] { (get(.meta, key: generationKey) ?? []) + withUnsafeBytes(of: now() / UseLog.renewal) { Array($0) } }

  /// What begins a new generation, to be written with what makes it necessary.
  package var newGeneration: Entry { Entry(.meta, generationKey, Files.randomBytes(16)) }
}
