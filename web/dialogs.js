// Questions. A dialog keeps the focus inside, and gives it back when it is closed.

import { button, counted, h, keyText } from "./dom.js";
import { canKeep, hasToken, isKept, setToken } from "./client.js";

/// Shows a dialog: resolves to the value of the button that closed it, or to "" for Escape.
function show(title, content, actions, submit) {
  return new Promise((resolve) => {
    const form = h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), content, h("div", { class: "actions" }, ...actions));
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    form.addEventListener("submit", () => submit?.());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function choice(label, value, attributes = {}) {
  return h("button", { value, ...attributes }, label);
}

function cancel(label = "Cancel", attributes = {}) {
  return button(label, (event) => event.currentTarget.closest("dialog").close(""), attributes);
}

export async function confirmDelete(key) {
  const content = [h("p", {}, "Delete the item ", keyText(key), "?"), h("p", { class: "hint" }, "If it changed since you opened it, nothing is deleted.")];
  const actions = [cancel("Cancel", { autofocus: true }), choice("Delete item", "yes", { class: "danger" })];
  return (await show("Delete", content, actions)) === "yes";
}

export async function confirmDeletes(keys) {
  const count = counted(keys.length, "item");
  const list = h("div", { class: "chosen", tabindex: "0", role: "region", "aria-label": "Items to delete" }, h("ul", {}, ...keys.map((key) => h("li", {}, keyText(key)))));
  const content = [list, h("p", { class: "hint" }, "What changed since it was shown is not deleted.")];
  const actions = [cancel("Cancel", { autofocus: true }), choice(`Delete ${count}`, "yes", { class: "danger" })];
  return (await show(`Delete ${count}?`, content, actions)) === "yes";
}

/// Whether a file that is one object is one item or, by its member `name`, a list: "one", "list", or "".
export async function chooseItems(name, count) {
  const content = [h("p", {}, "The file is one JSON object. Its member ", h("code", {}, name), ` is an array of ${count} objects.`)];
  const actions = [choice(`Import the ${count} objects`, "list", { class: "primary" }), choice("Import one item", "one"), cancel()];
  return show("One item, or a list?", content, actions);
}

let asking;

/// Title and reason of the question for a token.
function wordsOf(problem) {
  if (problem?.code === "insufficient-scope") return ["The token does not allow this", problem.detail];
  if (problem && hasToken()) return ["The token is refused", problem.detail];
  if (problem) return ["A token is needed", "This server accepts only requests with a token."];
  return ["Token", hasToken() ? "Requests have a token." : "Requests have no token."];
}

async function question(problem) {
  const field = h("input", { id: "token", type: "password", pattern: "\\s*[!-~]+\\s*", title: "A token has visible ASCII characters only, and no spaces.", autocomplete: "off", spellcheck: "false", autocapitalize: "off", "aria-describedby": "token-why" });
  const keep = h("input", { id: "keep", type: "checkbox" });
  keep.checked = isKept();
  const [title, why] = wordsOf(problem);
  const content = [
    h("p", { id: "token-why" }, why),
    h("label", { for: "token" }, "Token"),
    field,
    canKeep() && h("label", { class: "check" }, keep, " Keep it for this tab"),
    h("p", { class: "hint" }, canKeep() ? "Without this, the" : "The", " token is forgotten when the page is closed or reloaded. ", h("code", {}, "picus token add"), " makes tokens."),
  ];
  const forget = hasToken() ? [choice("Forget token", "forget", { class: "quiet", formnovalidate: true })] : [];
  // The first button of a form is what Enter presses.
  const actions = [choice("Use token", "use", { class: "primary" }), cancel(), ...forget];
  const answer = await show(title, content, actions);
  const typed = field.value.trim();
  if (answer === "forget") setToken("", false);
  if (answer === "use" && typed) setToken(typed, keep.checked);
  document.dispatchEvent(new Event("token"));
  return answer === "use" && typed !== "";
}

/// Asks for a token: resolves to whether there is a new one. Requests that wait share one question.
export function askToken(problem) {
  asking ??= question(problem).finally(() => {
    asking = undefined;
  });
  return asking;
}

const KEYS = [
  ["/", "go to a key"],
  ["j  k", "next and previous item of the list"],
  ["Enter", "open the item"],
  ["n", "new item"],
  ["e", "edit the item"],
  ["x", "select the item of the list"],
  ["d", "delete the item, or the selected ones"],
  ["Ctrl S", "save"],
  ["g", "list of items"],
  ["?", "these shortcuts"],
];

/// `isOn`: whether single keys do something; `choose` takes another answer.
export function showShortcuts(isOn, choose) {
  const use = h("input", { type: "checkbox", checked: isOn, change: () => choose(use.checked) });
  const rows = KEYS.flatMap(([keys, meaning]) => [
    h("dt", {}, ...keys.split("  ").flatMap((key) => [h("kbd", {}, key), " "])),
    h("dd", {}, meaning),
  ]);
  return show("Keyboard", [h("dl", { class: "keys" }, ...rows), h("label", { class: "check" }, use, " Use single keys")], [cancel("Close", { autofocus: true, class: "primary" })]);
}
