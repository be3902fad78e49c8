import Foundation
import TestSupport

/// The browsers that a page is looked at in.
enum Engine: String, CaseIterable { case chromium, firefox, webkit }

/// The fonts that a page is looked at with: narrow, wide and wider. Debian has them all.
enum Font: String, CaseIterable {
  case inter = "Inter"
  case noto = "Noto Sans"
  case dejavu = "DejaVu Sans"

  /// A configuration of fontconfig under which every family is this one.
  func write(to folder: TemporaryFolder) throws -> String {
    let file = folder.appending("fonts.conf")
    let text = """
      <?xml version="1.0"?>
      <!DOCTYPE fontconfig SYSTEM "fonts.dtd">
      <fontconfig><dir>/usr/share/fonts</dir><cachedir>\(folder.file("fonts"))</cachedir>
      <match target="pattern"><edit name="family" mode="assign" binding="strong"><string>\(rawValue)</string></edit></match>
      </fontconfig>
      """
    try Data(text.utf8).write(to: file)
    return file.path
  }
}

/// How a browser is driven: the commands of W3C WebDriver, whatever the wire.
protocol Driver: AnyObject {
  /// Begins the one session, of which the paths of `send` are relative.
  func begin(_ settings: BrowserSettings) throws
  @discardableResult func send(_ method: String, _ path: String, _ parameters: [String: Any]?) throws -> Any
  /// Gives the page this size in CSS pixels.
  func resize(width: Int, height: Int) throws
}

/// What a browser starts with.
struct BrowserSettings {
  let folder: TemporaryFolder
  let downloads: URL
  let width: Int
  let height: Int
  let textSize: Int
}
