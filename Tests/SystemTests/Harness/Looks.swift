import Foundation
import TestSupport

/// What can be measured of a page's looks, whatever its fonts.
extension Browser {
  /// What is cut, stands out, is broken or covered on the page as it is now, in words.
  var looksFindings: [String] {
    get throws { try evaluate(Self.findings) as? [String] ?? ["no answer"] }
  }

  private static let findings = """
    const box = (e) => e.getBoundingClientRect();
    const all = (css, parent = document) => [...parent.querySelectorAll(css)].filter((e) => e.checkVisibility() &&
      !e.closest('.unseen, .skip') && [e, e.closest('thead') ?? e].every((e) => getComputedStyle(e).clipPath === 'none'));
    const found = [];
    const say = (what, elements) => found.push(...elements.map((e) => `${what}: ${e.outerHTML.slice(0, 160)}`));

    if (document.documentElement.scrollWidth > innerWidth) {
      found.push('the page scrolls sideways');
      say('wider than the page', all('body *').filter((e) => box(e).right > innerWidth + 1));
    }
    for (const card of all('.card, .dialog'))
      say('wider than its card', all('*', card).filter((e) => box(e).right > box(card).right + 1));
    say('cut', all('main *').filter((e) => e.scrollWidth > e.clientWidth + 1 &&
      getComputedStyle(e).overflowX !== 'visible' && !e.matches('.people-list, input, select, textarea, progress')));

    const texts = (e) => {
      const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (walk.nextNode()) if (walk.currentNode.data.trim()) nodes.push(walk.currentNode);
      return nodes;
    };
    const breaks = (text) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      const tops = [...range.getClientRects()].filter((line) => line.width > 1).map((line) => line.top);
      return Math.max(...tops) - Math.min(...tops) > 5;
    };
    // Where letters are too large for a narrow page, anything may break.
    if (!matchMedia('(max-width: 19em)').matches)
      say('broken', all('.button, .plain, .mark, .state, summary, .address').filter((e) => texts(e).some(breaks)));

    const rows = all('#exports .export');
    const hasColumns = matchMedia('(min-width: 47.1rem)').matches;
    const differ = (places) => Math.max(...places) - Math.min(...places) > 1;
    if (differ(all('#exports .export-what').map((e) => box(e).left))) found.push('rows begin at different places');
    if (hasColumns && differ(all('#exports .export-numbers').map((e) => box(e).right)))
      found.push('numbers end at different places');
    if (rows.length && !document.querySelector('#exports .download') && hasColumns) {
      const row = rows.find((e) => e.querySelector('.export-numbers'));
      const edge = row && box(row).right - parseFloat(getComputedStyle(row).paddingRight);
      if (row && edge - box(row.querySelector('.export-numbers')).right > 1) found.push('an empty gutter');
    }

    for (const button of all('.export-form .primary')) {
      const { left, top, width, height, bottom } = box(button);
      const at = document.elementFromPoint(left + width / 2, top + height / 2);
      const room = innerHeight - box(button.closest('.actions')).height;
      const near = button.closest('dialog') || box(button.closest('form')).top < room;
      if (near && (bottom > innerHeight || !button.contains(at))) found.push('Confirm is out of sight');
    }
    return found;
    """

  /// Rows whose line of buttons moves when their details fold out.
  var movingLines: [String] {
    get throws {
      try evaluate(
        """
        const places = (row) => [row, ...row.querySelectorAll('summary, button, .plain, .muted')]
          .filter((e) => !e.closest('.export-details')).map((e) => e.getBoundingClientRect());
        const moving = [];
        for (const row of document.querySelectorAll('.export')) {
          const fold = row.querySelector('details');
          if (!fold || fold.open) continue;
          const before = places(row);
          fold.open = true;
          const after = places(row);
          if (after[0].height < before[0].height + 50) moving.push('nothing folds out');
          if (before.some((place, number) => number && Math.abs(place.top - after[number].top) +
            Math.abs(place.left - after[number].left) > 1)) moving.push(row.id);
          fold.open = false;
        }
        return moving;
        """) as? [String] ?? ["no answer"]
    }
  }

  /// How many of an element's pixels differ from those around it, as Chromium paints them now.
  func painted(_ css: String) throws -> Int {
    let place =
      try evaluate(
        """
        const { x, y, width, height } = document.querySelector(arguments[0]).getBoundingClientRect();
        return { x: x + scrollX - 2, y: y + scrollY - 2, width: width + 4, height: height + 4, scale: 1 };
        """, [css]) as? [String: Any] ?? [:]
    let answer = try protocolCommand(
      "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true, "clip": place])
    let picture = (answer as? [String: Any])?["data"] as? String ?? ""
    let script = """
      const [picture, done] = arguments;
      createImageBitmap(new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))])).then((bitmap) => {
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        canvas.drawImage(bitmap, 0, 0);
        const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
          if ([0, 1, 2].some((part) => Math.abs(data[i + part] - data[part]) > 60)) count += 1;
        done(count);
      }, (error) => done(String(error)));
      """
    let count = try command("POST", "/execute/async", ["script": script, "args": [picture]])
    guard let count = count as? Int else { throw HarnessError("no pixels: \(count)") }
    return count
  }

  /// Begins to add up how far things move on the page by themselves (Layout Instability API), its load included.
  func watchShifts() throws {
    try evaluate(
      """
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
      }).observe({ type: 'layout-shift', buffered: true });
      """)
  }

  /// The sum since `watchShifts`, after two more frames.
  var shift: Double {
    get throws {
      let script = """
        const [done] = arguments;
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() =>
          done(window.shifts.reduce((sum, value) => sum + value, 0)))));
        """
      let sum = try command("POST", "/execute/async", ["script": script, "args": [Any]()])
      guard let sum = sum as? Double else { throw HarnessError("no shift: \(sum)") }
      return sum
    }
  }

  /// The page as it is printed on A4, as text, page by page.
  var printed: [String] {
    get throws {
      let answer = try protocolCommand("Page.printToPDF", ["paperWidth": 8.27, "paperHeight": 11.69])
      guard let text = (answer as? [String: Any])?["data"] as? String, let pdf = Data(base64Encoded: text)
      else { throw HarnessError("no PDF") }
      let folder = try TemporaryFolder()
      try pdf.write(to: folder.appending("page.pdf"))
      let result = try Tool.run("pdftotext", ["-layout", folder.file("page.pdf"), "-"])
      guard result.succeeded else { throw HarnessError("pdftotext: \(result.error)") }
      return result.output.split(separator: "\u{0C}").map(String.init)
    }
  }
}
