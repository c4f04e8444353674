// Builds the page. Texts become text nodes: nothing is ever parsed as HTML.

import { visible } from "./json.js";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

/// A key as people read it: characters that nobody sees are escaped, and its direction stays its own.
export function keyText(key) {
  return h("bdi", { class: key.length > 60 ? "key-text long" : "key-text" }, visible(key));
}

export function button(label, action, attributes = {}) {
  return h("button", { type: "button", click: action, ...attributes }, label);
}

export function link(label, href, attributes = {}) {
  return h("a", { href, ...attributes }, label);
}

export function heading(...children) {
  return h("h1", { tabindex: "-1" }, ...children);
}

/// The address of a view: `#item?key=moon`.
export function address(view, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return query ? `#${view}?${query}` : `#${view}`;
}

export function go(view, parameters) {
  location.hash = address(view, parameters);
}

/// `1 item`, `2 items`.
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/// 1234 as `1.2 kB`.
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1000 * 1000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1000 / 1000).toFixed(1)} MB`;
}

/// The first characters of a text; a pair of surrogates is one.
export function shortened(text, length) {
  return text.length > length ? `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…` : text;
}

export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

export async function copy(text, label) {
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Not allowed by the browser";
  }
  setTimeout(() => {
    label.textContent = before;
  }, 1500);
}
