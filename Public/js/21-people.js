// The dialog's choice: the server searches while one types, who is chosen stays in sight, and the button says whom it
// exports.
const choosing = document.getElementById("export-form");
if (choosing) {
  const part = (id, page = document) => page.getElementById(id);
  const [confirm, lists] = [part("confirm"), { user: "people", contact: "contacts" }];
  const { scope } = choosing.elements;
  const field = (kind) => part(`${kind}-q`);
  const chosen = (kind) => choosing.querySelector(`[name=${kind}_id]:checked`);
  let timer, asking;

  // Enter in a field searches; anywhere else it confirms, as the form's first button does.
  for (const kind in lists) {
    part(`${kind}-search`).remove();
    field(kind).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      find();
    });
    field(kind).addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, 150);
    });
  }
  document.querySelector("[data-opens]")?.addEventListener("click", find);
  choosing.addEventListener("change", tell);
  choosing.addEventListener("submit", (event) => {
    const kind = scope.value;
    if (!lists[kind] || chosen(kind)) return;
    event.preventDefault();
    complain(kind, true);
    field(kind).focus();
  });
  addEventListener("pageshow", tell);
  tell();

  function tell() {
    const kind = scope.value;
    const name = lists[kind] ? chosen(kind)?.closest("label").querySelector("bdi").textContent : "the entire organisation";
    part("whom").textContent = name ? `Export ${name}` : "Nobody is chosen yet.";
    part("whom").className = "unseen";
    confirm.toggleAttribute("data-whom", !!name);
    if (!name) return;
    confirm.dataset.whom = `\u2068${name}\u2069`;
    for (const kind in lists) complain(kind, false);
  }

  function complain(kind, isWrong) {
    const problem = part(`${lists[kind]}-problem`);
    problem.hidden = !isWrong;
    field(kind).setAttribute("aria-invalid", isWrong);
    field(kind).setAttribute("aria-describedby", isWrong ? problem.id : "");
  }

  async function find() {
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    const ids = () => Object.keys(lists).map((kind) => chosen(kind)?.value ?? "");
    const [user_id, contact_id] = ids();
    const query = new URLSearchParams({ scope: scope.value, user_id, q: field("user").value, contact_id, contact_q: field("contact").value });
    let page;
    let trouble = "The search got no answer. Reload the page, or try again in a moment.";
    try {
      const answer = await fetch(`${choosing.dataset.search}?${query}`, { signal: asking.signal });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.redirected) trouble = "You have been signed out. Reload the page, and sign in again.";
      if (!part("people", page)) throw new Error(answer.status);
    } catch (error) {
      if (error.name !== "AbortError") part(`${lists[scope.value] ?? "people"}-counted`).textContent = trouble;
      return;
    }
    // Somebody else was chosen meanwhile.
    if (`${ids()}` !== `${[user_id, contact_id]}`) return find();
    const focused = document.activeElement;
    for (const list of Object.values(lists)) {
      for (const name of ["chosen", "found", "counted"]) part(`${list}-${name}`).replaceChildren(...part(`${list}-${name}`, page).childNodes);
    }
    if (!focused.isConnected) choosing.querySelector(`[value="${focused.value}"]`)?.focus();
    morph(part("whole"), part("whole", page));
    if (scope[0].disabled && !lists[scope.value]) scope.value = "user";
    tell();
  }
}
