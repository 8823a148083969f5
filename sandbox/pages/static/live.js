// Keeps open pages up to date: at every change the page is fetched again and
// the parts marked data-live are exchanged. Without this script everything
// works, after a reload.
"use strict";

const acting = document.body.dataset.acting;

// Tabs share the cookie that says whom the browser acts as; the tab in front sets it
// to its own person, so that what is opened from here is opened as them.
function stay() {
  if (acting && !document.hidden) document.cookie = `countersign_acting_as=${acting}; path=/; samesite=strict; max-age=2592000`;
}
window.addEventListener("focus", stay);
document.addEventListener("visibilitychange", stay);

const dialog = document.querySelector("dialog.modal");
if (dialog) {
  dialog.close();
  dialog.showModal(); // holds the focus, and lets Escape put the form away
  const wrong = dialog.querySelector("[aria-invalid]");
  if (wrong) wrong.focus();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("button.close").click();
  });
}

// Whoever acts in a channel stays where they were, on the message they acted on; whoever
// comes to it sees the newest message, and goes on seeing it while they are at the end.
const channel = document.getElementById("messages");
const toEnd = () => scrollTo(0, document.documentElement.scrollHeight);
const atEnd = () => channel && scrollY + innerHeight > document.documentElement.scrollHeight - 120;
const acted = JSON.parse(sessionStorage.getItem("acted") || "{}");
const here = acted.path === location.pathname ? acted : {};
sessionStorage.removeItem("acted");
if (channel && !location.hash) {
  if (here.path) scrollTo(0, here.y);
  else toEnd();
}
const message = !dialog && here.message && document.getElementById(here.message);
if (message) rest(message);

// The focus rests on a part that does nothing, so that the keyboard goes on from there.
function rest(part) {
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

// A form pressed twice in a row is sent once.
const pause = 5000;
let sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (Date.now() - (sent.get(form) || 0) < pause) {
    event.preventDefault();
    return;
  }
  sent.set(form, Date.now());
  const message = form.closest("article[id]")?.id || (dialog && here.message);
  sessionStorage.setItem("acted", JSON.stringify({ path: location.pathname, y: scrollY, message }));
});
window.addEventListener("pageshow", () => (sent = new WeakMap()));

let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html", "X-Acting": acting } });
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
  const follow = atEnd();
  const focused = document.activeElement;
  const around = [...ancestors(focused)].filter((e) => e.id);
  for (const now of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(now.id);
    if (next) morph(now, next);
  }
  if (follow && !dialog) toEnd();
  if (focused.isConnected) return;
  // What had the focus is gone: the reader stays at its place, on nothing that acts.
  const place = around.find((e) => e.isConnected);
  if (place) rest(place);
}

function* ancestors(element) {
  for (let e = element.parentElement; e; e = e.parentElement) yield e;
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
  children(now, next);
}

// Parts with an id are found again wherever they stand now, such as a message whose
// predecessors are not shown any more; so are buttons, by what they do.
const key = (node) => node.id || (node.nodeName === "BUTTON" && "button " + node.value) || "";

function children(now, next) {
  const wanted = new Set([...next.children].map(key).filter(Boolean));
  for (const child of [...now.children]) {
    if (key(child) && !wanted.has(key(child))) child.remove();
  }
  const named = new Map([...now.children].map((child) => [key(child), child]));
  let at = now.firstChild;
  for (const child of [...next.childNodes]) {
    const same = key(child) && named.get(key(child));
    while (same && at && at !== same && !wanted.has(key(at))) at = drop(at);
    if (same && at !== same) {
      now.insertBefore(same, at); // it stands elsewhere
      at = same;
    }
    if (!at || (!same && wanted.has(key(at)))) {
      now.insertBefore(child, at);
      continue;
    }
    const after = at.nextSibling;
    morph(at, child);
    at = after;
  }
  while (at) at = drop(at);
}

function drop(node) {
  const after = node.nextSibling;
  node.remove();
  return after;
}

function kept(element, attribute) {
  return (element.nodeName === "DETAILS" && attribute === "open") || attribute === "tabindex";
}

// The stream tells of changes, and its end that nobody is there.
const away = document.getElementById("away");
let waiting = 0;
let missing = 0;
const stream = new EventSource("/events");
stream.onmessage = () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 100);
};
stream.onopen = () => {
  clearTimeout(missing);
  missing = 0;
  away.textContent = "";
};
stream.onerror = () => {
  missing ||= setTimeout(() => (away.textContent = away.dataset.says), 2000);
};
