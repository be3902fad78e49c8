// What was done is heard too, even where its row is gone; going back doesn't say it again.
{
  const said = document.querySelector("[data-said]");
  if (said) {
    const heard = document.createElement("p");
    heard.className = "unseen";
    heard.setAttribute("role", "status");
    said.after(heard);
    setTimeout(() => { heard.textContent = document.getElementById("flash-text").textContent; }, 200);
    const place = document.getElementById(location.hash.slice(1)) ?? ((location.hash || document.querySelector("#live")) && said);
    if (place && place.tabIndex < 0) place.tabIndex = -1;
    if (place && place !== said) {
      // With its label below the sentence.
      place.style.scrollMarginTop = `${said.offsetHeight + 44}px`;
      place.scrollIntoView({ block: "nearest" });
    }
    if (place) place.focus({ preventScroll: true });
    addEventListener("pagehide", () => { said.remove(); heard.remove(); });
  }
}
