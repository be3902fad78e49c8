import Testing

extension SystemTests {
  /// The model and the judge themselves: what must not be is not let through.
  @Suite struct SoakRuleTests {
    @Test("An export's states go one way, and only what was asked for cancels, revokes or retries it")
    func states() {
      var story = Story("0")
      #expect([.queued, .processing, .completed, .failed].allSatisfy { allows(story, $0) })
      #expect(![.cancelled, .revoked, .expired].contains { allows(story, $0) })
      story.becomes(.completed)
      #expect(allows(story, .completed))
      #expect(
        ![.queued, .processing, .failed, .cancelled, .revoked, .expired].contains { allows(story, $0) })
      story.mayBecome([.revoked])
      #expect(allows(story, .completed) && allows(story, .revoked) && !allows(story, .cancelled))
      story.becomes(.revoked)
      #expect(allows(story, .revoked) && !allows(story, .completed))

      var failed = Story("1")
      failed.becomes(.failed)
      #expect(allows(failed, .failed) && !allows(failed, .queued) && !allows(failed, .completed))
      failed.isRetried()
      #expect(allows(failed, .queued) && allows(failed, .completed))
    }

    @Test("What was decided while a page was on its way allows both, and what was decided before does not")
    func windows() {
      var story = Story("0")
      let early = ContinuousClock.now
      story.mayBecome([.cancelled])
      story.becomes(.cancelled)
      #expect(story.allows(.queued, in: Window(from: early, to: .now)))
      #expect(!allows(story, .queued))

      var fact = Fact(1)
      fact.mayBecome(2)
      #expect(fact.values(in: now) == [1, 2] && fact.isOpen && fact.value == 1)
      let between = Window(from: early, to: .now)
      fact.becomes(2)
      #expect(fact.values(in: now) == [2] && !fact.isOpen && fact.value == 2)
      #expect(fact.values(in: between) == [1, 2])
    }

    @Test("A bad moment excuses what it names, of requests that it met, and of no others")
    func tolerance() {
      let judge = Judge()
      #expect(judge.allows(.status(200), [.status(200)], .reading, "GET /", in: now))
      #expect(!judge.allows(.status(502), [.status(200)], .reading, "GET /", in: now))
      #expect(judge.complaints.count == 1)
      let before = now
      judge.warn(of: "slow disk", Tolerance(changing: [.status(503)]))
      #expect(!judge.allows(.status(503), [.status(303)], .changing, "POST /", in: now))
      #expect(judge.complaints.count == 1)
      #expect(!judge.allows(.status(503), [.status(303)], .changing, "POST /", in: before))
      #expect(!judge.allows(.status(503), [.status(200)], .reading, "GET /", in: now))
      #expect(!judge.allows(.status(500), [.status(303)], .changing, "POST /", in: now))
      judge.clear()
      #expect(!judge.allows(.status(503), [.status(303)], .changing, "POST /", in: now))
      #expect(judge.complaints.count == 5)
    }

    @Test("Exports are read from a page as they stand there")
    func pages() {
      let page = """
        <li class="export" id="export-a1" data-export="a1" data-status="completed"><h3 id="name-a1">Entire organisation</h3>
        <a class="download" href="/exports/a1/download?expires=1&amp;signature=x" aria-label="Download"></a>
        <dt>SHA-256 of the ZIP</dt><dd><code>beef</code></dd></li>
        <li class="export" id="export-b2" data-export="b2" data-status="queued"><h3 id="name-b2">Single user: A</h3></li>
        """
      let shown = ShownExport.all(in: Array(page.utf8))
      #expect(shown.map(\.id) == ["a1", "b2"] && shown.map(\.state) == [.completed, .queued])
      #expect(shown.map(\.link) == ["/exports/a1/download?expires=1&signature=x", nil])
      #expect(shown.map(\.sha256) == ["beef", nil])
    }

    private func allows(_ story: Story, _ state: Story.State) -> Bool { story.allows(state, in: now) }

    private var now: Window {
      let now = ContinuousClock.now
      return Window(from: now, to: now)
    }
  }
}
