// What the server is and how it is.

import { asProblem, hasToken, send } from "../client.js";
import { button, h, heading } from "../dom.js";

async function ask(path) {
  try {
    return await (await send("GET", path, { headers: { Accept: "application/json" } })).json(); // no items
  } catch (error) {
    return { problem: asProblem(error) };
  }
}

function state(answer, text) {
  if (!answer.problem) return h("dd", { class: "good" }, text);
  return h("dd", { class: "bad" }, answer.problem.detail, " ", h("code", {}, answer.problem.code));
}

export async function status(_parameters, reload) {
  const [root, ready, store] = [await ask("/"), await ask("/readyz"), await ask("/readyz/store")];
  const title = heading("Status");
  const damage = ready.damage ? "ready; a damaged item was found" : "ready";
  const facts = h(
    "dl",
    { class: "status" },
    h("div", {}, h("dt", {}, "Server"), state(ready, damage)),
    h("div", {}, h("dt", {}, "Store"), state(store, store.status)),
    h("div", {}, h("dt", {}, "Version"), root.problem ? state(root) : h("dd", {}, root.version)),
    h("div", {}, h("dt", {}, "Address"), h("dd", {}, location.origin)),
    h("div", {}, h("dt", {}, "Token"), h("dd", {}, hasToken() ? "sent with every request" : "none")),
  );
  return { view: h("div", { class: "narrow" }, title, facts, h("div", { class: "actions" }, button("Refresh", reload))), title: "Status", focus: title };
}
