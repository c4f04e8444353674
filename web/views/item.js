// One item: its exact text, and what can be done with it.

import { deleteItem, getItem, putItem } from "../client.js";
import { confirmDelete } from "../dialogs.js";
import { address, button, bytesOf, copy, go, h, heading, keyText, link, size } from "../dom.js";
import { pieces, visible } from "../json.js";
import { clearOutcome, clearProblems, tell, warn } from "../notices.js";
import { noteOpened } from "./items.js";
import { forget, seen } from "./selection.js";

/// Larger items are shown without colours: each coloured value is an element of the page.
const MAX_COLOURED = 100_000;
const COLOURED = ["name", "number", "word", "string"];

export function jsonText(text, label) {
  const block = h("pre", { class: "json", tabindex: "0", role: "region", "aria-label": label });
  const all = pieces(text);
  if (text.length > MAX_COLOURED) block.textContent = all.map((piece) => piece.text).join("");
  else block.append(...all.map((piece) => (COLOURED.includes(piece.kind) ? h("span", { class: piece.kind }, piece.text) : piece.text)));
  return block;
}

export function absent(key) {
  forget(key);
  const title = heading("No such item");
  const create = link("Create it", address("new", { key }), { class: "button primary" });
  const view = h("div", { class: "narrow" }, title, h("p", {}, "There is no item with the key ", keyText(key), ". A key is found only as a whole, with upper and lower case as they are."), h("p", { class: "actions" }, create, link("Back to the list", "#items", { class: "button" })));
  return { view, title: "No such item", focus: title };
}

async function restore(key, text) {
  try {
    await putItem(text, {});
    clearOutcome();
    go("item", { key });
  } catch (problem) {
    warn(problem);
  }
}

async function remove(key, item, reload) {
  if (!(await confirmDelete(key))) return;
  try {
    await deleteItem(key, item.etag);
    forget(key);
    go("items");
    tell(`Deleted ${visible(key)}.`, button("Put it back", () => restore(key, item.text), { class: "small" }));
  } catch (problem) {
    if (problem.code !== "precondition-failed") return warn(problem);
    const look = () => {
      clearProblems();
      reload();
    };
    const changed = { ...problem, title: "The item changed since you opened it", detail: "Nothing was deleted." };
    warn(changed, button("Show the item as it is now", look, { class: "small" }));
  }
}

export async function item(parameters, reload) {
  const key = parameters.get("key") ?? "";
  let found;
  try {
    found = await getItem(key);
  } catch (problem) {
    if (problem.code === "not-found") return absent(key);
    throw problem;
  }
  noteOpened(key);
  seen(key, found.text);
  const title = heading(keyText(key));
  const formatted = jsonText(found.text, "Item");
  const stored = h("pre", { class: "json wrapped", tabindex: "0", role: "region", "aria-label": "Item as stored" }, found.text);
  let shown = formatted;
  const toggle = button("Raw text", () => {
    const next = shown === formatted ? stored : formatted;
    shown.replaceWith(next);
    shown = next;
    toggle.setAttribute("aria-pressed", String(next === stored));
  }, { "aria-pressed": "false", class: "quiet" });
  const copying = button("Copy", () => copy(found.text, copying), { class: "quiet" });
  const facts = h("p", { class: "facts" }, h("span", {}, size(bytesOf(found.text))));
  if (found.etag) facts.append(" ", h("span", {}, "ETag ", h("code", {}, found.etag)));
  const actions = h(
    "div",
    { class: "actions" },
    link("Edit", address("edit", { key }), { class: "button primary", "data-shortcut": "e" }),
    button("Delete", () => remove(key, found, reload), { class: "danger", "data-shortcut": "d" }),
    copying,
    toggle,
  );
  const back = h("p", { class: "back" }, link("Items", "#items"));
  return { view: h("div", {}, back, h("div", { class: "title" }, title), facts, actions, formatted), title: visible(key), focus: title };
}
