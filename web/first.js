// Asks for the list before the modules that show it are there: what they are waiting for is under way.

import { getPage } from "./client.js";

export const DEFAULT_SIZE = "50";

/// The name of the view that the address has, and its parameters.
export function route() {
  const [name, query] = (location.hash.slice(1) || "items").split("?");
  return { name, parameters: new URLSearchParams(query) };
}

const from = location.hash;
let ahead;

/// The page of the list that these parameters name.
export function pageOf(parameters) {
  const known = location.hash === from ? ahead : undefined;
  ahead = undefined;
  return known ?? getPage(parameters.get("limit") ?? DEFAULT_SIZE, parameters.get("cursor"));
}

const { name, parameters } = route();
if (name === "items") {
  ahead = getPage(parameters.get("limit") ?? DEFAULT_SIZE, parameters.get("cursor"));
  ahead.catch(() => {}); // whoever asks for the page gets the problem
}
