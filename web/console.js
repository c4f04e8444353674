// The console: shows the view that the address names, and listens to keys.

import { asProblem, hasToken, onRefusal } from "./client.js";
import { button, go, h, heading, link } from "./dom.js";
import { route } from "./first.js";
import { age, problemText } from "./notices.js";
import { items, step } from "./views/items.js";

const dialogs = () => import("./dialogs.js");
/// The list is loaded first. What it does not need is loaded when it is there.
const VIEWS = {
  items: () => items,
  item: async () => (await import("./views/item.js")).item,
  edit: async () => (await import("./views/editor.js")).edit,
  new: async () => (await import("./views/editor.js")).create,
  import: async () => (await import("./views/import.js")).importFile,
  export: async () => (await import("./views/export.js")).exportItems,
  status: async () => (await import("./views/status.js")).status,
};
/// The header appears with the first view, or after so long: drawing it takes time that the view needs.
const LATE_MS = 150;
const place = document.querySelector("main");
const tokenButton = document.querySelector("#token-button");
let turn = 0;
let save;
let changed = false;

function failed(problem, reload) {
  const title = heading("This cannot be shown");
  return { view: h("div", { class: "narrow" }, title, h("div", { class: "problem" }, h("div", {}, ...problemText(problem))), h("div", { class: "actions" }, button("Try again", reload), link("First page of items", "#items", { class: "button" }))), title: "Problem", focus: title };
}

/// Shows the header.
function reveal() {
  for (const part of document.querySelectorAll("body > [hidden]")) part.hidden = false;
}

async function shown(name, parameters) {
  try {
    const view = await VIEWS[name]();
    return await view(parameters, show);
  } catch (error) {
    return failed(asProblem(error), show);
  }
}

async function show() {
  turn += 1;
  const mine = turn;
  const { name, parameters } = route();
  const known = Object.hasOwn(VIEWS, name) ? name : "items";
  place.setAttribute("aria-busy", "true");
  const next = await shown(known, parameters);
  if (mine !== turn) return;
  place.replaceChildren(next.view);
  reveal();
  place.removeAttribute("aria-busy");
  document.title = `${next.title} · Picus`;
  save = next.save;
  for (const tab of document.querySelectorAll("header nav a")) {
    const current = tab.hash === `#${known}` || (tab.hash === "#items" && (known === "item" || known === "edit"));
    if (current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (changed) next.focus.focus();
  if (changed && next.focus.localName === "h1") scrollTo(0, 0);
  changed = true;
}

function isTyping(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, dialog") !== null;
}

const OFF = "picus-shortcuts-off";
let shortcuts;

/// Something about this browser's memory of the choice; undefined: it keeps nothing for this page.
function memory(action) {
  try {
    return action(localStorage);
  } catch {
    return undefined;
  }
}

/// Whether keys without Ctrl do something: speech input types such keys unasked (WCAG 2.1.4).
function hasShortcuts() {
  shortcuts ??= !memory((kept) => kept.getItem(OFF));
  return shortcuts;
}

function useShortcuts(isOn) {
  shortcuts = isOn;
  memory((kept) => (isOn ? kept.removeItem(OFF) : kept.setItem(OFF, "yes")));
}

const SHORTCUTS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => go("new"),
  g: () => go("items"),
  e: () => document.querySelector("[data-shortcut=e]")?.click(),
  d: () => document.querySelector("[data-shortcut=d]")?.click(),
  x: () => document.activeElement.closest("tr")?.querySelector("input")?.click(),
  "?": async () => (await dialogs()).showShortcuts(hasShortcuts(), useShortcuts),
  "/": async () => {
    if (!document.querySelector("#key")) {
      go("items");
      await new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          observer.disconnect();
          resolve();
        }).observe(place, { childList: true });
      });
      await Promise.resolve();
    }
    document.querySelector("#key")?.focus();
  },
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s" && save) {
    event.preventDefault();
    save();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const action = Object.hasOwn(SHORTCUTS, event.key) && SHORTCUTS[event.key];
  if (!action || !hasShortcuts()) return;
  event.preventDefault();
  action();
});

function showToken() {
  tokenButton.textContent = hasToken() ? "Token set" : "Token";
}

async function askToken(problem) {
  return (await dialogs()).askToken(problem);
}

onRefusal(askToken);
tokenButton.addEventListener("click", async () => {
  if (await askToken()) show();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment names the view
  place.focus();
});
document.querySelector("#keys-button").addEventListener("click", SHORTCUTS["?"]);
document.addEventListener("token", showToken);
addEventListener("hashchange", () => {
  age();
  document.querySelector("dialog")?.close("");
  show();
});
setTimeout(reveal, LATE_MS);
await show();
showToken();
// From now on the page needs no file of a server that may be away, or another version.
requestAnimationFrame(() => setTimeout(() => [dialogs, ...Object.values(VIEWS)].map((load) => load())));
