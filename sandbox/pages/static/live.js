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
    if (!next || next.innerHTML === now.dataset.shown || next.innerHTML === now.innerHTML) continue;
    now.dataset.shown = next.innerHTML;
    const focus = now.contains(document.activeElement) ? describe(document.activeElement) : null;
    for (const open of now.querySelectorAll("details[id]")) {
      const same = next.querySelector("#" + CSS.escape(open.id));
      if (same) same.open = open.open;
    }
    now.replaceChildren(...next.childNodes);
    if (focus) [...now.querySelectorAll("a,button,summary")].find((e) => describe(e) === focus)?.focus();
  }
}

function describe(e) {
  return [e.tagName, e.getAttribute("href"), e.getAttribute("value"), e.closest("[id]")?.id].join(" ");
}

let waiting = 0;
new EventSource("/events").onmessage = () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 100);
};
