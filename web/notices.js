// Outcomes and problems. An outcome lasts for the view that it leads to; a problem until it is closed, or
// what had it is tried again.

import { asProblem } from "./client.js";
import { button, copy, h } from "./dom.js";

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

/// The problem as an element, with what a report of it needs.
export function problemText(problem) {
  const copying = button("Copy", (event) => copy(`${problem.code} ${problem.request_id}`, event.currentTarget), { class: "small" });
  const codes = [h("code", {}, problem.code)];
  if (problem.request_id) codes.push(" · request ", h("code", {}, problem.request_id), " ", copying);
  return [h("strong", {}, problem.title), h("p", {}, problem.detail), h("p", { class: "codes" }, ...codes)];
}

/// Shows a problem, and the buttons that may help.
export function warn(error, ...actions) {
  const box = h("div", { class: "problem", role: "alert" }, h("div", {}, ...problemText(asProblem(error)), ...actions));
  box.append(button("×", () => box.remove(), { class: "close", "aria-label": "Close the problem" }));
  problems.append(box);
  box.scrollIntoView({ block: "nearest" });
}
