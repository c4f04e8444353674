// The items of the list that are selected, and what deletes them.

import { asProblem, deleteItem, getItem, putItems } from "../client.js";
import { button, counted, h, keyText } from "../dom.js";
import { keyOf } from "../json.js";
import { clearProblems, tell, warn, warnOfItems } from "../notices.js";

/// So many requests are under way at once.
const AT_ONCE = 4;
/// These concern one item. After any other problem, the next request would fail too.
const OF_THE_ITEM = ["not-found", "precondition-failed", "store-damaged"];

const CHANGED = "It changed since it was shown.";

/// From the key of each selected item to its text as it was last shown. It outlives pages and views.
const selected = new Map();
/// Below the list, as long as something is selected.
const bar = h("div", { class: "selection", role: "group", "aria-label": "Selected items", hidden: true });
/// Shows in the list and below it what is selected.
let settle = () => {};
let reload;

/// An item is shown: from now on its deletion means this text.
export function seen(key, text) {
  if (selected.has(key)) selected.set(key, text);
}

/// There is no such item any more.
export function forget(key) {
  selected.delete(key);
}

function box(label) {
  return h("label", { class: "pick" }, h("input", { type: "checkbox" }), h("span", { class: "unseen" }, ...label));
}

/// What selects the items of a page, each {key, text}: {every, each, bar}, elements for the table and
/// below it. `again` shows the page anew.
export function selection(items, again) {
  const every = box(["Select all of this page"]);
  const each = items.map(({ key }) => box(["Select ", keyText(key)]));
  const boxes = each.map((label) => label.querySelector("input"));
  const all = every.querySelector("input");
  let last;

  function choose(from, to, isOn) {
    for (const { key, text } of items.slice(from, to)) {
      if (isOn) selected.set(key, text);
      else selected.delete(key);
    }
    settle();
  }

  settle = () => {
    for (const [index, { key }] of items.entries()) boxes[index].checked = selected.has(key);
    const count = boxes.filter((one) => one.checked).length;
    all.checked = count === items.length;
    all.indeterminate = count > 0 && count < items.length;
    showBar(selected.size - count);
  };
  reload = () => bar.isConnected && again();
  for (const { key, text } of items) seen(key, text);
  for (const [index, one] of boxes.entries()) {
    one.addEventListener("click", ({ shiftKey }) => {
      const first = shiftKey ? last ?? index : index;
      last = index;
      choose(Math.min(first, index), Math.max(first, index) + 1, one.checked);
    });
  }
  all.addEventListener("change", () => choose(0, items.length, all.checked));
  settle();
  return { every, each, bar };
}

function showBar(elsewhere) {
  if (bar.dataset.busy) return;
  bar.hidden = selected.size === 0;
  bar.replaceChildren();
  if (bar.hidden) return;
  bar.append(
    h("span", {}, `${selected.size} selected`, elsewhere > 0 && h("span", { class: "hint" }, `, ${elsewhere} on other pages`)),
    button("Delete", remove, { class: "danger", "data-shortcut": "d" }),
    button("Clear", () => {
      selected.clear();
      settle();
      document.querySelector("h1").focus(); // the bar is gone
    }, { class: "quiet" }),
  );
}

/// Deletes an item if it is what was shown.
async function removeOne(key, text) {
  const found = await getItem(key);
  if (found.text !== text) throw { title: "Changed", detail: CHANGED, code: "precondition-failed" };
  await deleteItem(key, found.etag);
}

/// Deletes the selected items: {deleted, failed, gone, stop}. What is deleted or gone is not selected any more.
async function removeAll(progress, signal) {
  const result = { deleted: [], failed: [], gone: 0, stop: undefined };
  const rest = [...selected];
  async function work() {
    for (;;) {
      const next = result.stop || signal.aborted ? undefined : rest.shift();
      if (!next) return;
      const [key, text] = next;
      try {
        await removeOne(key, text);
        result.deleted.push(text);
        selected.delete(key);
      } catch (error) {
        const problem = asProblem(error);
        if (!OF_THE_ITEM.includes(problem.code)) result.stop = problem;
        else if (problem.code !== "not-found") result.failed.push({ ...problem, key });
        else {
          result.gone += 1;
          selected.delete(key);
        }
      }
      progress();
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return result;
}

/// What became of the items, each that failed with its reason.
function report({ deleted, failed, gone, stop }) {
  const words = [`Deleted ${counted(deleted.length, "item")}.`];
  if (gone > 0) words.push(`${counted(gone, "item")} ${gone === 1 ? "was" : "were"} deleted before.`);
  const back = deleted.length > 0 ? [button("Put back", () => putBack(deleted), { class: "small" })] : [];
  if (deleted.length + gone > 0) tell(words.join(" "), ...back);
  const reasons = failed.map((one) => ({ ...one, detail: one.code === "precondition-failed" ? CHANGED : one.detail }));
  if (failed.length > 0) warnOfItems(`${counted(failed.length, "item")} not deleted`, "What failed stays selected.", reasons);
  if (stop) warn(stop, h("p", {}, `${counted(selected.size, "item")} not deleted: still selected.`));
}

async function remove() {
  const { confirmDeletes } = await import("../dialogs.js");
  if (!(await confirmDeletes([...selected.keys()]))) return;
  clearProblems();
  const total = selected.size;
  const stop = new AbortController();
  const meter = h("progress", { "aria-label": "Delete", max: total, value: 0 });
  const count = h("span", {}, `0 of ${total}`);
  const stopping = button("Stop", () => stop.abort());
  bar.dataset.busy = "yes";
  bar.replaceChildren(meter, count, stopping);
  stopping.focus();
  const result = await removeAll(() => {
    meter.value += 1;
    count.textContent = `${meter.value} of ${total}`;
  }, stop.signal);
  delete bar.dataset.busy;
  report(result);
  settle();
  reload();
}

async function putBack(texts) {
  clearProblems();
  try {
    const { created, failed, errors } = await putItems(texts);
    tell(`Put back ${counted(created, "item")}.`);
    const reasons = errors.map((error) => ({ ...error, key: keyOf(texts[error.index]) }));
    if (failed > 0) warnOfItems(`${counted(failed, "item")} not put back`, "Nothing was replaced.", reasons);
    reload();
  } catch (problem) {
    warn(problem);
  }
}
