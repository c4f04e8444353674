// The console: shows the view that the address names, and listens to keys.

import { asProblem, hasToken, onRefusal } from "./client.js";
import { askToken, hasShortcuts, showShortcuts } from "./dialogs.js";
import { button, go, h, heading, link } from "./dom.js";
import { age, problemText } from "./notices.js";
import { create, edit } from "./views/editor.js";
import { exportItems } from "./views/export.js";
import { importFile } from "./views/import.js";
import { item } from "./views/item.js";
import { items, step } from "./views/items.js";
import { status } from "./views/status.js";

const VIEWS = { items, item, edit, new: create, import: importFile, export: exportItems, status };
const place = document.querySelector("main");
const tokenButton = document.querySelector("#token-button");
let turn = 0;
let save;
let changed = false;

function failed(problem, reload) {
  const title = heading("This cannot be shown");
  return { view: h("div", { class: "narrow" }, title, h("div", { class: "problem" }, h("div", {}, ...problemText(problem))), h("div", { class: "actions" }, button("Try again", reload), link("First page of items", "#items", { class: "button" }))), title: "Problem", focus: title };
}

async function shown(name, parameters) {
  try {
    return await VIEWS[name](parameters, show);
  } catch (error) {
    return failed(asProblem(error), show);
  }
}

async function show() {
  turn += 1;
  const mine = turn;
  const [name, query] = (location.hash.slice(1) || "items").split("?");
  const known = Object.hasOwn(VIEWS, name) ? name : "items";
  place.setAttribute("aria-busy", "true");
  const next = await shown(known, new URLSearchParams(query));
  if (mine !== turn) return;
  place.replaceChildren(next.view);
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
  return target.closest("input, textarea, select, dialog") !== null;
}

const SHORTCUTS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => go("new"),
  g: () => go("items"),
  e: () => document.querySelector("[data-shortcut=e]")?.click(),
  "?": showShortcuts,
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
  if (event.ctrlKey || event.metaKey || event.altKey || !hasShortcuts() || isTyping(event.target)) return;
  const action = Object.hasOwn(SHORTCUTS, event.key) && SHORTCUTS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

function showToken() {
  tokenButton.textContent = hasToken() ? "Token set" : "Token";
}

onRefusal(askToken);
tokenButton.addEventListener("click", async () => {
  if (await askToken()) show();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment names the view
  place.focus();
});
document.querySelector("#keys-button").addEventListener("click", showShortcuts);
document.addEventListener("token", showToken);
addEventListener("hashchange", () => {
  age();
  document.querySelector("dialog")?.close("");
  show();
});
showToken();
show();
