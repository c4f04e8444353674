// Outcomes and problems. An outcome lasts for the view that it leads to; a problem until it is closed, or
// what had it is tried again.

import { asProblem } from "./client.js";
import { address, button, copy, h, keyText, link } from "./dom.js";

const outcomes = document.querySelector("#outcome");
const problems = document.querySelector("#problems");
let isNew = false;

export function tell(text, ...actions) {
  isNew = true;
  outcomes.replaceChildren(h("p", {}, text), ...actions, button("×", clearOutcome, { class: "close", "aria-label": "Close" }));
}

export function clearOutcome() {
  outcomes.replaceChildren();
}

/// Another view is shown.
export function age() {
  if (!isNew) clearOutcome();
  isNew = false;
}

export function clearProblems() {
  problems.replaceChildren();
}

/// What a report of the problem needs.
function codes({ code, request_id }) {
  const made = h("p", { class: "codes" }, h("code", {}, code));
  if (request_id) made.append(" · request ", h("code", {}, request_id), " ", button("Copy", (event) => copy(`${code} ${request_id}`, event.currentTarget), { class: "small" }));
  return made;
}

/// The problem as elements.
export function problemText(problem) {
  return [h("strong", {}, problem.title), h("p", {}, problem.detail), codes(problem)];
}

function alarm(...content) {
  const box = h("div", { class: "problem", role: "alert" }, h("div", {}, ...content));
  box.append(button("×", () => box.remove(), { class: "close", "aria-label": "Close the problem" }));
  problems.append(box);
  box.scrollIntoView({ block: "nearest" });
}

/// Shows a problem, and the buttons that may help.
export function warn(error, ...actions) {
  alarm(...problemText(asProblem(error)), ...actions);
}

/// Shows what failed: each a problem with the key of its item.
export function warnOfItems(title, hint, failures) {
  const lines = failures.map((one) => h("li", {}, link(keyText(one.key), address("item", { key: one.key })), h("p", {}, one.detail), codes(one)));
  alarm(h("strong", {}, title), h("p", {}, hint), h("ul", { class: "failures" }, ...lines));
}
