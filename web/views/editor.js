// Writes an item: a new one, or the next version of one.

import { getItem, putItem } from "../client.js";
import { changes, merged } from "../diff.js";
import { address, button, bytesOf, go, h, heading, keyText, link, size } from "../dom.js";
import { JsonFault, faultOf, formatted, keyOf, place, visible } from "../json.js";
import { clearProblems, tell, warn } from "../notices.js";
import { absent } from "./item.js";

/// What was typed and not saved, by address: it survives other views, not a reload.
const drafts = new Map();

addEventListener("beforeunload", (event) => {
  if (drafts.size > 0) event.preventDefault();
});

function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/// The text field with what is wrong with it. `faultIn`: from a text to {message, at} or nothing.
class Editor {
  constructor(name, faultIn, changed) {
    this.faultIn = faultIn;
    this.changed = changed;
    this.state = h("p", { id: "validity", class: "validity", "aria-live": "polite" });
    this.field = h("textarea", { id: "text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", rows: "16", "aria-describedby": "validity", input: () => this.typed() });
    this.label = h("label", { for: "text" }, name);
  }

  get text() {
    return this.field.value;
  }

  set text(value) {
    this.field.value = value;
    this.check();
  }

  typed() {
    this.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), 150);
  }

  check() {
    const fault = this.faultIn(this.text);
    this.field.setAttribute("aria-invalid", String(Boolean(fault)));
    this.state.classList.toggle("invalid", Boolean(fault));
    if (!fault) {
      this.state.textContent = `Valid JSON, ${size(bytesOf(this.text))}`;
    } else if (fault.at === undefined) {
      this.state.textContent = fault.message;
    } else {
      const { line, column } = place(this.text, fault.at);
      this.state.replaceChildren(`Line ${line}, column ${column}: ${fault.message} `, button("Show", () => this.show(fault.at), { class: "small" }));
    }
    return fault;
  }

  show(at) {
    this.field.focus();
    this.field.setSelectionRange(at, Math.min(at + 1, this.text.length));
  }

  /// Whether the text can be saved; shows what is wrong with it.
  accept() {
    const fault = this.check();
    if (fault?.at !== undefined) this.show(fault.at);
    return !fault;
  }
}

/// Runs an action once at a time, with the button disabled meanwhile.
function once(control, action) {
  return async (event) => {
    event?.preventDefault();
    if (control.getAttribute("aria-disabled") === "true") return;
    control.setAttribute("aria-disabled", "true");
    clearProblems();
    try {
      await action();
    } catch (problem) {
      warn(problem);
    } finally {
      control.removeAttribute("aria-disabled");
    }
  };
}

/// The text on the server, with the lines marked that are not in the text that was opened.
function comparison(base, theirs) {
  const block = h("pre", { class: "json", tabindex: "0", role: "region", "aria-label": "On the server" });
  const lines = changes(theirs, base);
  for (const { text, changed } of lines) {
    const indent = text.length - text.trimStart().length;
    if (changed) block.append(text.slice(0, indent), h("mark", {}, text.slice(indent)), "\n");
    else block.append(text, "\n");
  }
  const count = (all) => all.filter((line) => line.changed).length;
  const removed = count(changes(base, theirs)) > count(lines) ? " Other lines were removed." : "";
  return { block, summary: `Marked: what changed since you opened the item.${removed}` };
}

/// How mine and theirs can be one text; {}: mine is not an item yet.
function both(base, mine, theirs) {
  try {
    return merged(base, mine, theirs);
  } catch (fault) {
    if (fault instanceof JsonFault) return {};
    throw fault;
  }
}

export async function edit(parameters) {
  const key = parameters.get("key") ?? "";
  const here = address("edit", { key });
  let draft = drafts.get(here);
  const restored = Boolean(draft);
  if (!draft) {
    try {
      const found = await getItem(key);
      const text = formatted(found.text);
      draft = { text, base: text, etag: found.etag };
    } catch (problem) {
      if (problem.code === "not-found") return absent(key);
      throw problem;
    }
  }
  let { base, etag, theirs } = draft;

  const faultIn = (text) => {
    const fault = faultOf(text);
    if (fault) return fault;
    const id = keyOf(text);
    if (id !== key) return { message: `The id must stay “${visible(key)}”. To copy the item, put its text as a new one.` };
    return undefined;
  };
  const keep = () => {
    drafts.set(here, { text: editor.text, base, etag, theirs });
    if (theirs !== undefined) compare();
  };
  const editor = new Editor("Item", faultIn, keep);
  const save = h("button", { class: "primary" }, "Save");
  const conflict = h("section", { class: "conflict", "aria-label": "The item changed meanwhile" });
  const form = h("form", { class: "editor" });
  const notice = h("div", { role: "alert" });
  const clash = h("span", { "aria-live": "polite" });
  const join = button("Add these changes to mine", () => take(both(base, editor.text, theirs).text));

  const done = () => {
    drafts.delete(here);
    go("item", { key });
  };
  const take = (text) => {
    editor.text = text;
    base = theirs;
    theirs = undefined;
    if (text === base) drafts.delete(here);
    else keep();
    settle();
    editor.field.focus();
  };
  /// What depends on the text as it is now.
  const compare = () => {
    const way = both(base, editor.text, theirs);
    clash.textContent = way.both ? ` You changed ${way.both.map((name) => `“${visible(name)}”`).join(", ")} too.` : "";
    join.hidden = way.text === undefined;
  };
  const settle = () => {
    const open = theirs !== undefined;
    form.classList.toggle("split", open);
    conflict.hidden = !open;
    editor.label.textContent = open ? "Yours" : "Item";
    save.textContent = open ? "Save yours over it" : "Save";
    notice.replaceChildren(...(open ? [h("div", { class: "problem" }, h("div", {}, h("strong", {}, "The item changed while you edited it"), h("p", {}, "Nothing was saved. Compare the two texts, then choose.")))] : []));
    if (!open) return;
    const { block, summary } = comparison(base, theirs);
    conflict.replaceChildren(h("h2", { tabindex: "-1" }, "On the server now"), h("p", { class: "hint" }, summary, clash), block, h("div", { class: "actions" }, join, button("Take this text", () => take(theirs))));
    compare();
  };
  const onConflict = async () => {
    try {
      const found = await getItem(key);
      theirs = formatted(found.text);
      etag = found.etag;
      keep();
      settle();
      conflict.querySelector("h2").focus();
    } catch (problem) {
      if (problem.code !== "not-found") throw problem;
      warn({ title: "The item was deleted while you edited it", detail: "Nothing was saved.", code: "not-found", request_id: "" },
        button("Create it again", once(save, async () => {
          await putItem(editor.text, {});
          tell(`Created ${visible(key)}.`);
          done();
        }), { class: "small" }));
    }
  };
  const submit = once(save, async () => {
    if (!editor.accept()) return;
    try {
      await putItem(editor.text, { "If-Match": etag ?? "*" });
      tell(`Saved ${visible(key)}.`);
      done();
    } catch (problem) {
      if (problem.code !== "precondition-failed") throw problem;
      await onConflict();
    }
  });
  form.addEventListener("submit", submit);
  const cancel = button("Cancel", done);
  form.append(h("div", { class: "pane" }, editor.label, editor.field, editor.state, h("div", { class: "actions" }, save, cancel)), conflict);
  editor.text = draft.text;
  settle();
  const title = heading("Edit ", keyText(key));
  const note = restored && h("p", { class: "hint" }, "Your unsaved text is back. Cancel discards it.");
  const back = h("p", { class: "back" }, link("Items", "#items"), " / ", link(keyText(key), address("item", { key })));
  return { view: h("div", {}, back, title, note, notice, form), title: `Edit ${visible(key)}`, focus: editor.field, save: submit };
}

/// The text with the key as its id, where it has none.
function withKey(text, key) {
  if (!key || keyOf(text)) return text;
  const open = text.indexOf("{") + 1;
  const isEmpty = /^\s*\}/.test(text.slice(open));
  return `${text.slice(0, open)}${JSON.stringify({ id: key }).slice(1, -1)}${isEmpty ? "" : ","}${text.slice(open)}`;
}

export async function create(parameters) {
  const here = address("new", Object.fromEntries(parameters));
  const draft = drafts.get(here) ?? { text: "{\n  \n}", key: parameters.get("key") ?? "" };
  const keep = () => drafts.set(here, { text: editor.text, key: key.value });
  const faultIn = (text) => {
    const fault = faultOf(text);
    if (fault) return fault;
    const id = keyOf(text);
    if (id && key.value && id !== key.value) {
      return { message: `The text has the id “${visible(id)}”, and the field the key “${visible(key.value)}”. Remove one.` };
    }
    return undefined;
  };
  const editor = new Editor("Item", faultIn, keep);
  const key = h("input", { id: "new-key", autocomplete: "off", spellcheck: "false", autocapitalize: "off", class: "mono", "aria-describedby": "new-key-hint", input: () => editor.typed() });
  key.value = draft.key;
  const save = h("button", { class: "primary" }, "Create");
  let sent;
  let name;
  const submit = once(save, async () => {
    if (!editor.accept()) return;
    const text = withKey(editor.text, key.value);
    // The same text under the same name makes one item, however often it is sent.
    if (text !== sent) name = randomName();
    sent = text;
    try {
      const made = await putItem(text, { "Idempotency-Key": name });
      drafts.delete(here);
      tell(`Created ${visible(made.key)}.`);
      go("item", { key: made.key });
    } catch (problem) {
      if (problem.code !== "already-exists") throw problem;
      const id = keyOf(text);
      warn(problem, link("Open that item", address("item", { key: id })));
    }
  });
  const form = h(
    "form",
    { class: "editor", submit },
    h("div", { class: "pane" },
      h("label", { for: "new-key" }, "Key"), key,
      h("p", { id: "new-key-hint", class: "hint" }, "Without a key or an id in the text, the server makes one."),
      editor.label, editor.field, editor.state, h("div", { class: "actions" }, save, link("Cancel", "#items", { class: "button", click: () => drafts.delete(here) }))),
  );
  editor.text = draft.text;
  editor.field.setSelectionRange(4, 4); // inside the braces
  const title = heading("New item");
  return { view: h("div", {}, title, form), title: "New item", focus: key.value ? editor.field : key, save: submit };
}
