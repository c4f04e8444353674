// All items as one NDJSON file. A link could not send the token, nor ask for NDJSON, and would keep
// a part of the items where the response breaks off.

import { hasToken, send } from "../client.js";
import { button, h, heading, link, size } from "../dom.js";
import { clearProblems, tell, warn } from "../notices.js";

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  link("", url, { download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export async function exportItems() {
  let stop;
  const running = h("div", { class: "running", hidden: true }, h("progress", { "aria-label": "Download" }), h("span", {}, "Reading"), button("Stop", () => stop.abort(), { class: "small" }));

  async function run() {
    if (!running.hidden) return;
    clearProblems();
    running.hidden = false;
    stop = new AbortController();
    try {
      const response = await send("GET", "/picus/list", { headers: { Accept: "application/x-ndjson" }, signal: stop.signal });
      const blob = await response.blob();
      const name = `picus-${new Date().toISOString().slice(0, 10)}.ndjson`;
      save(blob, name);
      tell(`Exported ${size(blob.size)} to ${name}.`);
    } catch (problem) {
      if (problem.name === "AbortError") tell("Export stopped.");
      else if (problem.title) warn(problem);
      else warn({ title: "The export is not complete", detail: "The connection closed before the end of the response. No file was written.", code: "incomplete", request_id: "" });
    } finally {
      running.hidden = true;
    }
  }

  const title = heading("Export");
  const token = hasToken() ? ' -H "Authorization: Bearer $TOKEN"' : "";
  const command = `curl --fail -o items.ndjson -H 'Accept: application/x-ndjson'${token} ${location.origin}/picus/list`;
  return {
    view: h("div", { class: "narrow stack" }, title,
      h("p", {}, "Saves every item in one file, one on each line (NDJSON). Import reads such a file, and so does ", h("code", {}, "picus import"), "."),
      h("div", { class: "actions" }, button("Export all items", run, { class: "primary" })),
      running,
      h("div", {}, h("h2", {}, "In a terminal"), h("pre", { class: "wrapped", tabindex: "0", role: "region", "aria-label": "Command" }, command))),
    title: "Export",
    focus: title,
  };
}
