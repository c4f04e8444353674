// What differs between texts: lines, and members of items.

import { formatted, members, tokens } from "./json.js";

const MAX_LINES = 2000;

/// For each line of `ours`, whether it is part of a longest common subsequence with `theirs`.
function kept(ours, theirs) {
  const width = theirs.length + 1;
  const best = new Uint32Array((ours.length + 1) * width);
  for (let i = ours.length - 1; i >= 0; i -= 1) {
    for (let j = theirs.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      best[here] = ours[i] === theirs[j] ? best[here + width + 1] + 1 : Math.max(best[here + width], best[here + 1]);
    }
  }
  const lines = [];
  let j = 0;
  for (let i = 0; i < ours.length; i += 1) {
    while (j < theirs.length && ours[i] !== theirs[j] && best[i * width + j + 1] > best[(i + 1) * width + j]) j += 1;
    const same = j < theirs.length && ours[i] === theirs[j];
    lines.push(same);
    if (same) j += 1;
  }
  return lines;
}

/// The lines of `text`: {text, changed}, where a changed one is not in `other`.
export function changes(text, other) {
  const ours = text.split("\n");
  const theirs = other.split("\n");
  if (ours.length > MAX_LINES || theirs.length > MAX_LINES) {
    const known = new Set(theirs);
    return ours.map((line) => ({ text: line, changed: !known.has(line) }));
  }
  // The comma after the last member comes and goes with the members after it.
  const bare = (line) => line.replace(/,$/, "");
  const same = kept(ours.map(bare), theirs.map(bare));
  return ours.map((line, index) => ({ text: line, changed: !same[index] }));
}

/// The members of an item by name, each as its text without white space.
function byName(item) {
  const bare = (value) => tokens(value).map(({ start, end }) => value.slice(start, end)).join("");
  return new Map(members(item).map(({ name, value }) => [name, bare(value)]));
}

/// `mine` with what changed from `base` to `theirs`: {text}, or {both}, the names of members that changed in
/// both, each in another way.
export function merged(base, mine, theirs) {
  const [before, ours, others] = [base, mine, theirs].map(byName);
  const changed = [...new Set([...before.keys(), ...others.keys()])].filter((name) => before.get(name) !== others.get(name));
  const both = changed.filter((name) => ours.get(name) !== before.get(name) && ours.get(name) !== others.get(name));
  if (both.length > 0) return { both };
  for (const name of changed) {
    if (others.has(name)) ours.set(name, others.get(name));
    else ours.delete(name);
  }
  const text = [...ours].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",");
  return { text: formatted(`{${text}}`) };
}
