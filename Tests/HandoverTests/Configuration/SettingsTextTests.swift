import Testing

@testable import Handover

@Suite("The text of handover.conf")
struct SettingsTextTests {
  @Test("A variable takes the line that sets it, else its comment, else a new one; all other lines stay")
  func sets() {
    var settings = SettingsText("# One\n#A=\n\n  B=1\n;C=2\nA2=x\n")
    settings.set("A", to: "https://a.example")
    settings.set("B", to: "with blanks \"and quotes\" \\")
    settings.set("D", to: "new")
    #expect(
      settings.text
        == "# One\nA=https://a.example\n\nB=\"with blanks \\\"and quotes\\\" \\\\\"\n;C=2\nA2=x\nD=new\n")
    #expect(settings.variables["B"] == "with blanks \"and quotes\" \\")
    #expect(settings.variables.keys.sorted() == ["A", "A2", "B", "D"])
  }

  @Test("The last of several lines counts, and is the one that changes; setting the same changes nothing")
  func twice() {
    var settings = SettingsText("A=1\nA='2 3'\n")
    #expect(settings.variables == ["A": "2 3"])
    settings.set("A", to: "4")
    #expect(settings.text == "A=1\nA=4\n")
    let before = settings
    settings.set("A", to: "4")
    #expect(settings == before)
  }

  @Test("A text without a line end keeps its last line")
  func unended() {
    var settings = SettingsText("A=1")
    settings.set("B", to: "Handover <handover@export.example>")
    #expect(settings.text == "A=1\nB=\"Handover <handover@export.example>\"\n")
  }
}
