// Requests the list while the modules that show it are still loading.

import { getPage } from "./client.js";

export const DEFAULT_SIZE = "50";

/// The name of the view that the address has, and its parameters.
export function route() {
  const [name, query] = (location.hash.slice(1) || "items").split("?");
  return { name, parameters: new URLSearchParams(query) };
}

const from = location.hash;
let ahead;

function request(parameters) {
  return getPage(parameters.get("limit") ?? DEFAULT_SIZE, parameters.get("cursor"));
}

/// The page of the list that these parameters name.
export function pageOf(parameters) {
  const known = location.hash === from ? ahead : undefined;
  ahead = undefined;
  return known ?? request(parameters);
}

const { name, parameters } = route();
if (name === "items") {
  ahead = request(parameters);
  ahead.catch(() => {}); // whoever asks for the page gets the problem
}
