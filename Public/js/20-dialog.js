// The link that leads to a page opens that page's content as a dialog instead.
for (const link of document.querySelectorAll("[data-opens]")) {
  const dialog = document.getElementById(link.dataset.opens);
  if (!dialog || !dialog.showModal) continue;
  link.setAttribute("role", "button");
  link.setAttribute("aria-haspopup", "dialog");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") { event.preventDefault(); link.click(); }
  });
  dialog.addEventListener("click", (event) => {
    const outside = event.target === dialog && !inside(dialog, event);
    if (outside || event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
  });
}

function inside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
}
