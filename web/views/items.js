// The list of items, page by page.

import { address, bytesOf, go, h, heading, keyText, link, shortened, size } from "../dom.js";
import { DEFAULT_SIZE, pageOf } from "../first.js";
import { elements, keyOf, members, visible } from "../json.js";
import { selection } from "./selection.js";

const SIZES = ["25", "50", "100", "500"];
/// From the address of a page to that of the page before it.
const before = new Map();
let opened = "";
/// What was typed into the field for a key, until it leads to an item.
let typed = "";

export function noteOpened(key) {
  opened = key;
  typed = "";
}

function summary(item) {
  const made = [];
  let room = 200;
  for (const { name, value } of members(item)) {
    if (name === "id") continue;
    if (room <= 0) break;
    const text = visible(shortened(value, 80));
    made.push(h("span", { class: "member" }, h("b", {}, visible(shortened(name, 60))), " ", h("bdi", {}, text)), " ");
    room -= name.length + text.length;
  }
  return made;
}

function row({ key, text }, box) {
  const open = link(keyText(key), address("item", { key }), { class: "key", "data-key": key });
  return h(
    "tr",
    {},
    h("td", {}, box),
    h("th", { scope: "row" }, open),
    h("td", { class: "size" }, size(bytesOf(text))),
    h("td", { class: "summary" }, ...summary(text)),
  );
}

/// `keys`: those of the page, which the browser suggests.
function search(keys) {
  const field = h("input", { id: "key", type: "search", list: "keys", autocomplete: "off", spellcheck: "false", autocapitalize: "off", class: "mono", placeholder: "Go to a whole key" });
  field.value = typed;
  const submit = (event) => {
    event.preventDefault();
    typed = field.value;
    if (field.value) go("item", { key: field.value });
  };
  return h("form", { class: "search", role: "search", submit }, h("label", { for: "key", class: "unseen" }, "Key"), field, h("datalist", { id: "keys" }, ...keys.map((key) => h("option", { value: key }))), h("button", {}, "Open"));
}

function pager(current, parameters, count, next) {
  const from = Number(parameters.get("from") ?? 1);
  const limit = parameters.get("limit") ?? DEFAULT_SIZE;
  const onward = next && address("items", { limit, cursor: next, from: from + count });
  if (onward) before.set(onward, current);
  const previous = before.get(current);
  const until = from + count - 1;
  const select = h("select", { id: "limit", change: () => go("items", { limit: select.value }) });
  for (const value of SIZES) select.append(h("option", { value, selected: value === limit }, value));
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    parameters.has("cursor") && link("First", address("items", { limit })),
    previous && link("Previous", previous, { rel: "prev" }),
    count > 0 && h("span", { class: "range" }, next ? `${from}–${until}` : `${from}–${until} of ${until}`),
    onward && link("Next", onward, { rel: "next" }),
    h("label", { class: "per-page" }, "Per page ", select),
  );
}

function table(every, rows) {
  const head = h("tr", {}, h("td", {}, every), h("th", { scope: "col" }, "Key"), h("th", { scope: "col", class: "size" }, "Size"), h("th", { scope: "col" }, "Members"));
  return h("table", { class: "items" }, h("caption", { class: "unseen" }, "Items of this page"), h("thead", {}, head), h("tbody", {}, ...rows));
}

export async function items(parameters, reload) {
  const page = await pageOf(parameters);
  const found = elements(page.text).map((text) => ({ key: keyOf(text), text }));
  const title = heading("Items");
  const empty = h("div", { class: "empty" }, h("p", {}, "There are no items yet."), h("p", { class: "actions" }, link("Create an item", "#new", { class: "button primary" }), link("Import a file", "#import", { class: "button" })));
  const keys = found.map(({ key }) => key);
  const view = h("div", {}, h("div", { class: "title" }, title, search(keys)));
  const isEmpty = found.length === 0 && !parameters.has("cursor");
  const end = h("p", { class: "hint" }, "There are no more items.");
  const { every, each, bar } = selection(found, reload);
  const list = () => table(every, found.map((one, index) => row(one, each[index])));
  view.append(isEmpty ? empty : found.length > 0 ? list() : end, bar, isEmpty ? "" : pager(location.hash || "#items", parameters, found.length, page.next));
  const last = [...view.querySelectorAll("a.key")].find((open) => open.dataset.key === opened);
  return { view, title: "Items", focus: last ?? title };
}

/// Moves the focus to the next or previous item of the list.
export function step(by) {
  const every = [...document.querySelectorAll("a.key")];
  const now = every.indexOf(document.activeElement.closest("tr")?.querySelector("a.key"));
  const next = now < 0 ? (by > 0 ? 0 : every.length - 1) : now + by;
  every[next]?.focus();
}
