// Makes one element like another, and touches only what differs: focus, selection and fold-outs stay.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return old.replaceWith(fresh.cloneNode(true));
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  morphChildren(old, fresh);
}

// Children with an id are matched by it, wherever they were before, the others by where they stand.
function morphChildren(old, fresh) {
  let here = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const same = child.id && document.getElementById(child.id);
    if (same && same !== here) old.insertBefore(same, here);
    if (same) here = same;
    if (!here || (!same && (child.id || here.id))) {
      old.insertBefore(child.cloneNode(true), here);
      continue;
    }
    const next = here.nextSibling;
    morph(here, child);
    here = next;
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}
