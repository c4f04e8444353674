// Sends a file: NDJSON or an array as it is, plain or gzip.

import { askedAnew, authorization, problemOf, send, unreachable } from "../client.js";
import { chooseItems } from "../dialogs.js";
import { button, h, heading, link, size } from "../dom.js";
import { MAX_DEPTH, elements, members, tokens, visible } from "../json.js";
import { clearProblems, tell, warn } from "../notices.js";

const NDJSON = { "Content-Type": "application/x-ndjson" };
const JSON_TEXT = { "Content-Type": "application/json" };
const PEEK = 64 * 1024;
/// A larger file that is one object is not looked into.
const MAX_OBJECT = 8 * 1024 * 1024;
const CONFLICTS = [
  ["fail", "Report it", "The stored item stays, and the line counts as failed."],
  ["skip", "Skip it", "The stored item stays."],
  ["replace", "Replace it", "The item of the file replaces it."],
];

async function isGzip(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0x1f && second === 0x8b;
}

/// The first `length` characters of a file, or a few more.
async function beginning(file, gzip, length) {
  const reader = (gzip ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream()).getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    while (text.length < length) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  return text.trimStart();
}

function isJson(text) {
  try {
    return tokens(text, MAX_DEPTH + 2).length > 0;
  } catch {
    return false;
  }
}

/// The only member that is an array of objects, if the object is not an item with an id.
function listIn(object) {
  const all = members(object, MAX_DEPTH + 2);
  const lists = all.filter(({ kind, value }) => kind === "[" && /^\[\s*\{/.test(value));
  return lists.length === 1 && !all.some(({ name }) => name === "id") ? lists[0] : undefined;
}

/// What is sent of a file that is one JSON object: the object, or a list that it has; nothing: the user cancels.
async function bodyOf(object) {
  const list = listIn(object);
  const choice = list ? await chooseItems(visible(list.name), elements(list.value).length) : "one";
  if (choice === "") return undefined;
  return { headers: JSON_TEXT, body: new Blob(choice === "list" ? [list.value] : ["[", object, "]"]) };
}

/// What is sent of a file: {headers, body}.
async function requestOf(file) {
  const gzip = await isGzip(file);
  const coding = gzip ? { "Content-Encoding": "gzip" } : {};
  const lines = { headers: { ...NDJSON, ...coding }, body: file };
  try {
    const text = await beginning(file, gzip, PEEK);
    if (text.startsWith("[")) return { headers: { ...JSON_TEXT, ...coding }, body: file };
    const [first, ...more] = text.split("\n");
    if (!text.startsWith("{") || (more.join("").trim() && isJson(first))) return lines;
    const whole = await beginning(file, gzip, MAX_OBJECT);
    return isJson(whole) ? await bodyOf(whole) : lines;
  } catch (error) {
    if (error.name === "NotReadableError") throw error;
    return lines; // not UTF-8, or damaged: the server names the place
  }
}

/// XMLHttpRequest, because fetch() reports no progress of what it sends.
function post({ headers, body }, access, conflict, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/picus/put?on_conflict=${conflict}`);
    for (const [name, value] of Object.entries({ ...headers, ...access })) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
    request.onload = () => resolve({ status: request.status, text: request.responseText, requestId: request.getResponseHeader("X-Request-Id") });
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function counts(report) {
  const names = ["created", "replaced", "skipped", "failed"];
  return h("dl", { class: "counts" }, ...names.map((name) => h("div", { class: name === "failed" && report[name] > 0 ? "bad" : "" }, h("dt", {}, name), h("dd", {}, String(report[name])))));
}

function errorTable(report) {
  const inArray = report.errors[0].line === undefined;
  const rows = report.errors.map((error) => h("tr", {}, h("th", { scope: "row", class: "size" }, String(inArray ? error.index : error.line)), h("td", { class: "code" }, h("code", {}, error.code)), h("td", {}, visible(error.detail))));
  const head = h("tr", {}, h("th", { scope: "col", class: "size" }, inArray ? "Element" : "Line"), h("th", { scope: "col" }, "Code"), h("th", { scope: "col" }, "What is wrong"));
  const more = report.failed > report.errors.length && h("p", { class: "hint" }, `These are the first ${report.errors.length} of ${report.failed}.`);
  return [h("table", { class: "errors" }, h("caption", {}, "What failed"), h("thead", {}, head), h("tbody", {}, ...rows)), more];
}

function result(name, report) {
  const title = h("h2", { tabindex: "-1" }, "Result for ", h("bdi", {}, visible(name)));
  const box = h("section", { class: "result" }, title, counts(report));
  if (report.errors.length > 0) box.append(...errorTable(report).filter(Boolean));
  box.append(h("p", {}, link("Show the items", "#items", { class: "button" })));
  return { box, title };
}

export async function importFile() {
  const file = h("input", { id: "file", type: "file", required: true, accept: ".json,.ndjson,.jsonl,.gz,application/json,application/x-ndjson,application/gzip", "aria-describedby": "file-hint" });
  const choices = CONFLICTS.map(([value, label, meaning]) => h("label", { class: "choice" }, h("input", { type: "radio", name: "conflict", value, checked: value === "fail" }), h("span", {}, h("b", {}, label), h("span", { class: "hint" }, meaning))));
  const start = h("button", { class: "primary" }, "Import");
  const bar = h("progress", { "aria-label": "Upload", max: "1", value: "0" });
  const sent = h("span", {});
  let stop = new AbortController();
  const running = h("div", { class: "running", hidden: true }, bar, sent, button("Stop", () => stop.abort(), { class: "small" }));
  const outcome = h("div", {});

  async function run(form) {
    const [chosen] = file.files;
    const conflict = new FormData(form).get("conflict");
    // Nothing is stored by this. A server that refuses a token may close the connection before it has read a large file.
    await send("POST", "/picus/put", { headers: NDJSON, body: "" });
    const request = await requestOf(chosen);
    if (!request) return undefined;
    const progress = (loaded, total) => {
      bar.max = total;
      bar.value = loaded;
      sent.textContent = loaded < total ? `${size(loaded)} of ${size(total)} sent` : "All sent; waiting for the server";
    };
    for (;;) {
      stop = new AbortController();
      const access = authorization();
      const response = await post(request, access, conflict, progress, stop.signal);
      if (response.status === 200) return JSON.parse(response.text); // counts, not items
      const problem = problemOf(response.status, response.text, response.requestId);
      if (problem.code === "bulk-failed") return problem;
      if (!(await askedAnew(problem, access))) throw problem;
    }
  }

  async function submit(event) {
    event.preventDefault();
    if (!running.hidden) return;
    clearProblems();
    outcome.replaceChildren();
    running.hidden = false;
    const { name } = file.files[0];
    bar.value = 0;
    sent.textContent = "Starting";
    try {
      const report = await run(event.currentTarget);
      if (!report) return;
      const { box, title } = result(name, report);
      outcome.append(box);
      title.focus();
    } catch (problem) {
      if (problem.name === "AbortError") tell("Import stopped. What the server read before stays.");
      else warn(problem.title ? problem : { title: "The file cannot be read", detail: problem.message, code: "file", request_id: "" });
    } finally {
      running.hidden = true;
    }
  }

  const title = heading("Import");
  const form = h(
    "form",
    { class: "stack", submit },
    h("div", {}, h("label", { for: "file" }, "File"), file, h("p", { id: "file-hint", class: "hint" }, "One item on each line (NDJSON), or one JSON array; plain or gzip. Export saves such a file.")),
    h("fieldset", {}, h("legend", {}, "If a key exists"), ...choices),
    h("div", { class: "actions" }, start),
    running,
  );
  return { view: h("div", { class: "narrow" }, title, form, outcome), title: "Import", focus: title };
}
