// Reads JSON without loss. No value becomes a JavaScript number: every token keeps its text, so
// 9007199254740993 and 12.50 stay what they are.

export const MAX_DEPTH = 32;

export class JsonFault extends Error {
  constructor(message, at) {
    super(message);
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z0-9_.+-]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function shown(text, at) {
  if (at >= text.length) return "the end of the text";
  return `“${visible(String.fromCodePoint(text.codePointAt(at)))}”`;
}

/// The end of the string that begins at this quote.
function stringEnd(text, start) {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 34) return at + 1;
    if (code === 92) {
      const escape = match(ESCAPE, text, at);
      if (!escape) throw new JsonFault("This is not an escape of JSON.", at);
      at += escape.length;
    } else if (Number.isNaN(code)) {
      throw new JsonFault("A string has no closing quote.", start);
    } else if (code < 32) {
      throw new JsonFault("A string has a line break or control character. Write it as \\n, \\t or \\u00XX.", at);
    } else {
      at += 1;
    }
  }
}

/// The tokens of one JSON text: {kind, start, end, depth}, with the kinds name, string, number, word
/// and the six punctuation marks. Throws a JsonFault where the text is not JSON.
export function tokens(text, maxDepth = MAX_DEPTH) {
  const found = [];
  let at = 0;

  function skipSpace() {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      at += 1;
    }
  }

  function add(kind, length, depth) {
    found.push({ kind, start: at, end: at + length, depth });
    at += length;
    skipSpace();
  }

  function string(kind, depth) {
    add(kind, stringEnd(text, at) - at, depth);
  }

  function container(close, depth, element) {
    if (depth > maxDepth) throw new JsonFault(`An item has at most ${MAX_DEPTH} levels of nesting.`, at);
    add(text[at], 1, depth);
    if (text[at] !== close) {
      for (;;) {
        element(depth);
        if (text[at] !== ",") break;
        add(",", 1, depth);
      }
    }
    if (text[at] !== close) throw new JsonFault(`Expected a comma or “${close}”, found ${shown(text, at)}.`, at);
    add(close, 1, depth);
  }

  function member(depth) {
    if (text[at] !== '"') throw new JsonFault(`Expected a member name in quotes, found ${shown(text, at)}.`, at);
    string("name", depth);
    if (text[at] !== ":") throw new JsonFault(`Expected a colon, found ${shown(text, at)}.`, at);
    add(":", 1, depth);
    value(depth + 1);
  }

  function value(depth) {
    const first = text[at];
    if (first === "{") return container("}", depth, member);
    if (first === "[") return container("]", depth, (inner) => value(inner + 1));
    if (first === '"') return string("string", depth);
    const word = match(WORD, text, at);
    if (word === "true" || word === "false" || word === "null") return add("word", word.length, depth);
    const number = match(NUMBER, text, at);
    if (number && number === word) return add("number", number.length, depth);
    if (!word) throw new JsonFault(`Expected a value, found ${shown(text, at)}.`, at);
    throw new JsonFault(`“${word.slice(0, 40)}” is not a JSON value.`, at);
  }

  skipSpace();
  value(1);
  if (at < text.length) throw new JsonFault(`Expected the end of the text, found ${shown(text, at)}.`, at);
  return found;
}

export function decoded(text, token) {
  return JSON.parse(text.slice(token.start, token.end)); // a string, never a number
}

/// The values directly inside a container: {start, end, kind}, and `name` in an object.
function parts(text, all) {
  const found = [];
  let name;
  let first = 1;
  for (const [index, token] of all.entries()) {
    if (token.depth !== 1) continue;
    if (token.kind === "name") name = decoded(text, token);
    if (token.kind === ":") first = index + 1;
    if (token.kind !== "," && token.kind !== "]" && token.kind !== "}") continue;
    if (first < index) {
      found.push({ name, start: all[first].start, end: all[index - 1].end, kind: all[first].kind });
    }
    first = index + 1;
  }
  return found;
}

/// The members of an object: {name, value, kind}, each value as its text.
export function members(text, maxDepth = MAX_DEPTH) {
  return parts(text, tokens(text, maxDepth)).map(({ name, start, end, kind }) => ({ name, kind, value: text.slice(start, end) }));
}

/// The texts of the elements of an array.
export function elements(text) {
  return parts(text, tokens(text, MAX_DEPTH + 1)).map(({ start, end }) => text.slice(start, end));
}

/// The value of the member `id` of an item.
export function keyOf(item) {
  const id = members(item).find(({ name }) => name === "id");
  return id ? JSON.parse(id.value) : "";
}

// Characters that change how text around them looks, or that nobody sees.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/// The text with escapes for characters that nobody sees. Inside a JSON string its value is the same.
export function visible(text) {
  return text.replace(INVISIBLE, escaped);
}

const INLINE = 72;

/// An array or object without others inside, short enough for one line: the index of its end.
function inlineEnd(all, index) {
  const open = all[index];
  for (let next = index + 1; all[next].end - open.start <= INLINE; next += 1) {
    if (all[next].depth === open.depth && (all[next].kind === "]" || all[next].kind === "}")) return next;
    if (all[next].kind === "{" || all[next].kind === "[") return 0;
  }
  return 0;
}

/// The text with one member on each line, as pieces {kind, text}. Values keep their text.
export function pieces(text) {
  const all = tokens(text);
  const made = [];
  let until = -1;
  const line = (depth) => made.push({ kind: "space", text: `\n${"  ".repeat(depth)}` });
  for (const [index, { kind, start, end, depth }] of all.entries()) {
    const closes = kind === "}" || kind === "]";
    const opens = kind === "{" || kind === "[";
    const empty = closes && all[index - 1].kind === (kind === "}" ? "{" : "[");
    if (closes && !empty && index > until) line(depth - 1);
    made.push({ kind, text: visible(text.slice(start, end)) });
    if (kind === ":") made.push({ kind: "space", text: " " });
    if (opens && depth > 1 && index > until) until = Math.max(until, inlineEnd(all, index));
    if (opens || kind === ",") {
      const next = all[index + 1];
      const closed = next.kind === "}" || next.kind === "]";
      if (index >= until && !(opens && closed)) line(depth);
      else if (kind === ",") made.push({ kind: "space", text: " " });
    }
  }
  return made;
}

export function formatted(text) {
  return pieces(text).map((piece) => piece.text).join("");
}

/// Line and column of a position, counted from 1.
export function place(text, at) {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return { line, column: at - before.lastIndexOf("\n") };
}

/// What is wrong with the text of an item: {message, at}; nothing if the server can take it.
export function faultOf(text) {
  try {
    const all = tokens(text);
    if (all[0].kind !== "{") return { message: "An item is a JSON object: it begins with “{”.", at: all[0].start };
    const open = [];
    for (const [index, token] of all.entries()) {
      if (token.kind === "{") open.push(new Set());
      if (token.kind === "}") open.pop();
      if (token.kind !== "name") continue;
      const name = decoded(text, token);
      if (!name) return { message: "A member name is empty.", at: token.start };
      if (open.at(-1).has(name)) return { message: `The member “${visible(name)}” occurs twice.`, at: token.start };
      open.at(-1).add(name);
      if (token.depth === 1 && name === "id" && all[index + 2].kind !== "string") {
        return { message: "The id is the key: it must be a string.", at: all[index + 2].start };
      }
      if (token.depth === 1 && name === "id" && !decoded(text, all[index + 2])) {
        return { message: "The id is the key: it must not be empty.", at: all[index + 2].start };
      }
    }
    return undefined;
  } catch (fault) {
    if (fault instanceof JsonFault) return { message: fault.message, at: fault.at };
    throw fault;
  }
}
