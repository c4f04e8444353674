// Requests to the server that sent this page. The token is in memory, or in this tab's sessionStorage
// if the user chose so: never in an address, a cookie or localStorage.

const KEPT = "picus-token";
/// undefined: sessionStorage was not read yet. Reading it blocks the page, so the first request is sent without
/// a token.
let token;

/// The token that this tab keeps; undefined: the browser keeps nothing for this page.
function kept() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return undefined;
  }
}

function known() {
  token ??= kept() ?? "";
  return token;
}

/// The function that asks the user for a token, once it is loaded. It resolves to whether there is a new one.
let onQuestion;
const question = new Promise((resolve) => {
  onQuestion = resolve;
});

export class Problem extends Error {
  constructor(members) {
    super(members.detail);
    Object.assign(this, members);
  }
}

export function onRefusal(ask) {
  onQuestion(ask);
}

export function hasToken() {
  return known() !== "";
}

export function isKept() {
  return Boolean(kept());
}

export function canKeep() {
  return kept() !== undefined;
}

export function setToken(text, keep) {
  token = text;
  if (!canKeep()) return;
  if (token && keep) sessionStorage.setItem(KEPT, token);
  else sessionStorage.removeItem(KEPT);
}

export function unreachable() {
  return new Problem({
    title: "The server does not respond",
    detail: "The connection failed. Check that the server runs, then try again.",
    code: "no-response",
    request_id: "",
    status: 0,
  });
}

/// Of something between the browser and the server, which has errors of its own.
function foreign(status, requestId) {
  const detail = `The response has the status ${status}, and no problem document.`;
  return new Problem({ title: "Unexpected response", detail, code: `status-${status}`, request_id: requestId ?? "", status });
}

export function problemOf(status, text, requestId) {
  try {
    const members = JSON.parse(text); // of the server, not of an item
    return typeof members.code === "string" ? new Problem(members) : foreign(status, requestId);
  } catch {
    return foreign(status, requestId);
  }
}

/// Any error as a Problem, so that it is shown and nothing waits for ever.
export function asProblem(error) {
  if (error.title) return error;
  const detail = `The response ended early, or is not of Picus: ${error.message}`;
  return new Problem({ title: "The response cannot be read", detail, code: "no-response", request_id: "", status: 0 });
}

export function authorization() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/// Whether there is another token for a request that was refused, and had these headers of authorization():
/// one that this tab keeps, or that the user gives.
export async function askedAnew(problem, access) {
  if (problem.code !== "unauthenticated" && problem.code !== "insufficient-scope") return false;
  known();
  return authorization().Authorization !== access.Authorization || (await question)(problem);
}

/// The response to a request. Throws a Problem for errors; asks for a token where one is needed.
export async function send(method, path, { headers = {}, body, signal } = {}) {
  for (;;) {
    const access = authorization();
    let response;
    try {
      response = await fetch(path, {
        method,
        body,
        signal,
        headers: { ...headers, ...access },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw unreachable();
    }
    if (response.ok) return response;
    const problem = problemOf(response.status, await response.text(), response.headers.get("X-Request-Id"));
    if (!(await askedAnew(problem, access))) throw problem;
  }
}

/// In the query, where every key can be: a path has no room for `.` and `..`.
function query(key) {
  return `?key=${encodeURIComponent(key)}`;
}

export async function getItem(key) {
  const response = await send("GET", `/picus/get${query(key)}`);
  return { text: await response.text(), etag: response.headers.get("ETag") };
}

/// `condition`: headers, as in {"If-Match": etag}.
export async function putItem(text, condition) {
  const response = await send("POST", "/picus/put", {
    headers: { "Content-Type": "application/json", ...condition },
    body: text,
  });
  const location = response.headers.get("Location");
  return { key: location ? decodeURIComponent(location.slice("/picus/get/".length)) : "", etag: response.headers.get("ETag") };
}

export async function deleteItem(key, etag) {
  await send("DELETE", `/picus${query(key)}`, { headers: etag ? { "If-Match": etag } : {} });
}

/// Puts these texts of items where their keys are free: the report, also if all failed.
export async function putItems(texts) {
  const body = new Blob(["[", texts.join(","), "]"]);
  try {
    return await (await send("POST", "/picus/put", { headers: { "Content-Type": "application/json" }, body })).json();
  } catch (problem) {
    if (problem.code !== "bulk-failed") throw problem;
    return problem;
  }
}

/// One page: its text, and the cursor of the next one.
export async function getPage(limit, cursor) {
  const parameters = new URLSearchParams(cursor ? { limit, cursor } : { limit });
  const response = await send("GET", `/picus/list?${parameters}`);
  const next = response.headers.get("Link")?.match(/<([^>]*)>; *rel="next"/)?.[1];
  return { text: await response.text(), next: next && new URLSearchParams(next.split("?")[1]).get("cursor") };
}
