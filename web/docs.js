// "Try it": sends an operation to the server that sent this page, and shows the same for curl.
// The token is in memory only.

const MAX_SHOWN = 100_000;
let token = "";

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/// A word of a shell, whatever it has in it.
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function field(id, label, control) {
  control.id = id;
  return h("div", { class: "field" }, h("label", { for: id }, label), control);
}

/// What the form of an operation asks for.
class Trial {
  constructor(section) {
    this.method = section.dataset.method;
    this.path = section.dataset.path;
    this.inputs = [...section.querySelectorAll("tr[data-name]")].map((row) => ({ ...row.dataset, control: this.control(row.dataset) }));
    this.examples = [...section.querySelectorAll("pre.request")];
    this.command = h("pre", { tabindex: "0", role: "region", "aria-label": "The same with curl" });
    this.result = h("div", { "aria-live": "polite" });
    this.form = this.built(section.id);
    this.update();
  }

  control({ choices, example, in: place, name }) {
    if (choices) return h("select", {}, ...["", ...choices.split(" ")].map((choice) => h("option", { value: choice }, choice)));
    const control = h("input", { autocomplete: "off", spellcheck: "false", autocapitalize: "off", placeholder: example });
    if (place !== "header" && name === "key") control.value = example;
    return control;
  }

  built(id) {
    const form = h("form", { class: "try", submit: (event) => this.send(event), input: () => this.update() });
    for (const { name, control } of this.inputs) form.append(field(`${id}-${name}`, name, control));
    if (this.examples.length > 0) {
      this.type = h("select", {}, ...[...new Set(this.examples.map((example) => example.dataset.type))].map((type) => h("option", { value: type }, type)));
      this.body = h("textarea", { spellcheck: "false", autocapitalize: "off", wrap: "off" });
      this.body.value = this.examples[0].textContent;
      this.type.addEventListener("change", () => {
        this.body.value = this.examples.find((example) => example.dataset.type === this.type.value).textContent;
      });
      form.append(field(`${id}-type`, "Content-Type", this.type), field(`${id}-body`, "Body", this.body));
    }
    if (this.method !== "GET" || this.path.startsWith("/picus")) {
      const secret = h("input", { type: "password", autocomplete: "off", placeholder: "if the server needs one", class: "token" });
      secret.value = token;
      secret.addEventListener("input", () => this.share(secret.value));
      form.append(field(`${id}-token`, "Token", secret));
    }
    form.append(h("div", { class: "actions" }, h("button", { class: "primary" }, "Send"), this.copying()), this.command, this.result);
    return form;
  }

  copying() {
    const button = h("button", { type: "button", click: async () => {
      try {
        await navigator.clipboard.writeText(this.command.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed by the browser";
      }
      setTimeout(() => {
        button.textContent = "Copy for curl";
      }, 1500);
    } }, "Copy for curl");
    return button;
  }

  /// One token for all forms.
  share(text) {
    token = text.trim();
    for (const other of document.querySelectorAll(".try .token")) other.value = text;
  }

  request() {
    let path = this.path;
    const query = new URLSearchParams();
    const headers = {};
    for (const { name, in: place, control } of this.inputs) {
      if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(control.value));
      else if (control.value && place === "query") query.set(name, control.value);
      else if (control.value) headers[name] = control.value;
    }
    if (this.body) headers["Content-Type"] = this.type.value;
    if (token) headers.Authorization = `Bearer ${token}`;
    const target = query.size > 0 ? `${path}?${query}` : path;
    return { target, headers, body: this.body?.value };
  }

  update() {
    const { target, headers, body } = this.request();
    const parts = ["curl -i"];
    if (this.method !== "GET" && body === undefined) parts.push(`-X ${this.method}`);
    for (const [name, value] of Object.entries(headers)) {
      parts.push(`-H ${quoted(`${name}: ${name === "Authorization" ? "Bearer $TOKEN" : value}`).replace("'Authorization: Bearer $TOKEN'", '"Authorization: Bearer $TOKEN"')}`);
    }
    if (body !== undefined) parts.push(`--data-raw ${quoted(body)}`);
    parts.push(quoted(location.origin + target));
    this.command.textContent = parts.join(" ");
  }

  async send(event) {
    event.preventDefault();
    this.update();
    const { target, headers, body } = this.request();
    this.result.replaceChildren();
    try {
      const options = { method: this.method, headers, body, cache: "no-store", credentials: "omit", redirect: "error" };
      const response = await fetch(target, options);
      const text = await response.text();
      const lines = [`${response.status} ${response.statusText}`, ...[...response.headers].map(([name, value]) => `${name}: ${value}`)];
      const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n… ${text.length - MAX_SHOWN} more characters` : text;
      this.result.append(h("pre", { tabindex: "0", role: "region", "aria-label": "Response" }, `${lines.join("\n")}\n\n${cut}`));
    } catch (error) {
      this.result.append(h("p", {}, `The request failed: ${error.message}.`));
    }
  }
}

for (const section of document.querySelectorAll(".operation")) {
  const open = h("button", { type: "button", "aria-expanded": "false", click: () => {
    const trial = new Trial(section);
    open.replaceWith(trial.form);
    trial.form.querySelector("input, textarea, select, button").focus();
  } }, "Try it");
  open.setAttribute("aria-label", `Try it: ${section.dataset.method} ${section.dataset.path}`);
  section.querySelector("h4").before(open);
}

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
