// Targets by an address that a configuration names, outside of any BUILD file.

package import Diagnostics

extension Graph {
  /// The targets that an address, written from the workspace's root, names; a generator stands for what it generates. Sorted.
  package func targets(named text: String) throws(UserError) -> [TargetID] {
    do throws(SpecError) { return expandingGenerators(try targets(addressed: text)) } catch {
      throw SpecErrors(errors: [error]).userError
    }
  }

  private func targets(addressed text: String) throws(SpecError) -> [TargetID] {
    let input: AddressInput
    do throws(AddressInput.Malformed) { input = try AddressInput(parsing: text) } catch { throw .malformed(text, error) }
    return try resolve(input, text: text)
  }
}
