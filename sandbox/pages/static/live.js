// Keeps open pages up to date: at every change the page is fetched again and
// the parts marked data-live are exchanged. Without this script everything
// works, after a reload.
"use strict";

const dialog = document.querySelector("dialog.modal");
if (dialog) {
  dialog.close();
  dialog.showModal(); // holds the focus, and lets Escape put the form away
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("button.close").click();
  });
}

let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
    if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The server is away; the stream opens again when it is back, and says so.
  } finally {
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function exchange(fresh) {
  for (const now of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(now.id);
    if (next) morph(now, next);
  }
}

// Only what differs is touched: whoever is about to press a button keeps it,
// with the focus, and an opened part stays open. A button that means something
// else is another button.
function morph(now, next) {
  if (now.isEqualNode(next)) return;
  const other = now.nodeName !== next.nodeName || now.id !== next.id || (now.nodeName === "BUTTON" && now.value !== next.value);
  if (other) {
    now.replaceWith(next);
    return;
  }
  if (now.nodeType !== Node.ELEMENT_NODE) {
    now.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && !kept(now, name)) now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value && !kept(now, name)) now.setAttribute(name, value);
  }
  const had = [...now.childNodes];
  [...next.childNodes].forEach((child, i) => (had[i] ? morph(had[i], child) : now.append(child)));
  had.slice(next.childNodes.length).forEach((child) => child.remove());
}

function kept(element, attribute) {
  return element.nodeName === "DETAILS" && attribute === "open";
}

let waiting = 0;
new EventSource("/events").onmessage = () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 100);
};
