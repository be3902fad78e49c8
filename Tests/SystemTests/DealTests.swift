import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Documents of a deal, in a browser.
  @Suite struct DealTests {
    @Test(
      "Files that are dropped on a deal are added one by one; one that is refused is named, and the rest goes on"
    )
    func drop() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let before = try site.count("SELECT count(*) FROM document")
      let browser = try Browser(width: 1280, height: 800)
      try browser.open(site.url + "/deals/D-1", as: demo.owner)
      try browser.evaluate(Self.dropping("new File([], '\\u0001'), new File(['one'], 'one.txt')"))
      try browser.waitForText("one.txt")
      try eventually("the file is there") { try site.count("SELECT count(*) FROM document") == before + 1 }
      #expect(try browser.find(".sending .problem").isDisplayed)
      try browser.evaluate(Self.dropping("new File(['two'], 'two.txt'), new File(['three'], 'three.txt')"))
      try browser.waitForText("3 documents are added.")
      #expect(try site.count("SELECT count(*) FROM document") == before + 3)
      #expect(try browser.text.contains("two.txt"))
    }

    private static func dropping(_ files: String) -> String {
      """
      const files = new DataTransfer();
      for (const file of [\(files)]) files.items.add(file);
      document.getElementById('documents').dispatchEvent(
        new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
      """
    }
  }
}
