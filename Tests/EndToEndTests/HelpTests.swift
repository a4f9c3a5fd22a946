// Asking for help, and asking wrongly.

import Testing

@Suite(.needsBinary) struct HelpTests {
  @Test func versionNeedsNoWorkspace() throws {
    let baji = try Baji(configured: false)
    let ended = try baji("version")
    #expect(ended.status == 0)
    #expect(ended.output.contains("."))
  }
}
