// The API, to be read: what /openapi.json says of every path. Texts are only ever set as texts.

const METHODS = ["get", "post", "put", "delete"];

const main = document.querySelector("main");

const element = (name, className, ...parts) => {
  const box = Object.assign(document.createElement(name), { className });
  box.append(...parts);
  return box;
};

/// A description's text, in which what stands in backquotes is code.
const inline = (text) => text.split("`").map((part, i) => (i % 2 ? element("code", "", part) : part));

const prose = (text = "") =>
  text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== "")
    .map((part) => element("p", "", ...inline(part)));

/// What a reference stands for. Those that go round in circles end.
const resolved = (api, value, depth = 0) => {
  if (!value?.$ref || depth > 8) return value ?? {};
  const parts = value.$ref.replace(/^#\//, "").split("/");
  const found = parts.reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], api);
  return resolved(api, found, depth + 1);
};

/// A schema's type in words.
const kind = (api, given, depth = 0) => {
  const schema = resolved(api, given);
  if (depth > 4) return "object";
  const some = schema.oneOf ?? schema.anyOf;
  if (some) return [...new Set(some.map((one) => kind(api, one, depth + 1)))].filter((name) => name !== "").join(" or ");
  if (schema.enum) return schema.enum.filter((value) => value !== null).map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [schema.type ?? (schema.properties ? "object" : "any")].flat().filter((name) => name !== "null");
  const listed = (name) => `list of ${name}${/^\w+$/.test(name) ? "s" : ""}`;
  return types.map((name) => (name === "array" ? listed(kind(api, schema.items, depth + 1)) : name)).join(" or ");
};

/// All fields of a schema, those of its parts included; first those that must be given.
const fields = (api, given) => {
  const schema = resolved(api, given);
  const parts = (schema.allOf ?? []).map((part) => fields(api, part));
  const required = new Set(schema.required ?? []);
  const own = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, field, required.has(name)]);
  return [...parts.flat(), ...own].sort(([, , one], [, , other]) => other - one);
};

const row = (api, [name, given, required]) => {
  const field = { ...resolved(api, given), ...(given.description && { description: given.description }) };
  const notes = [...prose(field.description)];
  if (field.default !== undefined && field.default !== null) notes.push(element("p", "", "Default: ", element("code", "", JSON.stringify(field.default))));
  const head = element("th", "", element("code", "", name));
  head.scope = "row";
  return element("tr", "", head, element("td", "", kind(api, given)), element("td", "", required ? "yes" : ""), element("td", "", ...notes));
};

const table = (api, caption, rows) => {
  const head = ["field", "type", "needed", "what it is"].map((name) => Object.assign(element("th", "", name), { scope: "col" }));
  const box = element(
    "table", "",
    element("caption", "heard", caption),
    element("thead", "", element("tr", "", ...head)),
    element("tbody", "", ...rows.map((one) => row(api, one))),
  );
  const wide = element("div", "wide", box);
  // It can be scrolled by keys where it is wider than the page.
  Object.assign(wide, { tabIndex: 0, role: "group", ariaLabel: caption });
  return wide;
};

const code = (label, text) => {
  const box = element("pre", "", element("code", "", text));
  Object.assign(box, { tabIndex: 0, role: "group", ariaLabel: label });
  return box;
};

const example = (content) => content?.example ?? Object.values(content?.examples ?? {})[0]?.value ?? content?.schema?.example;

/// JSON whose short lists and objects keep to one line.
const json = (value, indent = "") => {
  const short = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ").replace(/([[{]) | ([\]}])/g, "$1$2");
  if (value === null || typeof value !== "object" || indent.length + short.length <= 80) return short;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => inner + json(item, inner))
    : Object.entries(value).map(([name, item]) => `${inner}${JSON.stringify(name)}: ${json(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
};

const curl = (method, path, body) => {
  const url = `${location.origin}${path}`;
  if (body === undefined) return method === "get" ? `curl ${url}` : `curl -X ${method.toUpperCase()} ${url}`;
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl ${url} -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
};

const content = (given) => Object.entries(given?.content ?? {})[0] ?? [];

const answers = (api, responses) => {
  const list = element("dl", "answers");
  for (const [status, given] of Object.entries(responses ?? {})) {
    // Those that all paths share have a section of their own.
    if (given.$ref) continue;
    const response = resolved(api, given);
    const types = Object.keys(response.content ?? {});
    const shown = example(content(response)[1]);
    list.append(
      element("dt", "", element("code", "", status), ...types.map((type) => element("small", "", type.split(";")[0]))),
      element("dd", "", ...prose(response.description), ...(shown === undefined ? [] : [code(`Answer ${status}`, json(shown))])),
    );
  }
  const shared = Object.entries(responses ?? {}).filter(([, given]) => given.$ref);
  if (shared.length > 0) {
    const link = element("a", "", "Errors");
    link.href = "#errors";
    list.append(element("dt", "", ...shared.map(([status]) => element("code", "", status)).flatMap((one) => [one, " "])), element("dd", "", link));
  }
  return list;
};

/// The answers that paths share.
const errors = (api) => {
  const shared = Object.entries(api.components?.responses ?? {});
  if (shared.length === 0) return [];
  const title = element("h2", "", "Errors");
  title.id = "errors";
  return [title, answers(api, Object.fromEntries(shared))];
};

const anchor = (method, path) => `${method}${path.replace(/[^\w]+/g, "-")}`;

const operation = (api, path, method, of) => {
  const title = element("h3", "", element("span", `method ${method}`, method.toUpperCase()), " ", element("code", "", path));
  const box = element("section", "operation", title);
  box.id = anchor(method, path);
  if (of.summary) box.append(element("p", "summary", ...inline(of.summary)));
  box.append(...prose(of.description));
  const [, body] = content(resolved(api, of.requestBody));
  const asked = [
    ...(of.parameters ?? []).map((given) => resolved(api, given)).map((one) => [one.name, { ...one.schema, description: one.description }, one.required]),
    ...fields(api, body?.schema),
  ];
  if (asked.length > 0) box.append(table(api, `Fields of ${path}`, asked));
  box.append(code(`Example of ${path}`, curl(method, path, example(body))), answers(api, of.responses));
  return box;
};

/// Operations under the headings of their tags, in the document's order.
const groups = (api) => {
  const found = new Map((api.tags ?? []).map(({ name, description }) => [name, { description, all: [] }]));
  for (const [path, item] of Object.entries(api.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "Requests";
      if (!found.has(tag)) found.set(tag, { all: [] });
      found.get(tag).all.push([path, method, item[method]]);
    }
  }
  return [...found].filter(([, { all }]) => all.length > 0);
};

const show = (api) => {
  const contents = element("nav", "contents");
  contents.setAttribute("aria-label", "Requests");
  const parts = [element("h2", "", `${api.info?.title ?? "API"} ${api.info?.version ?? ""}`), ...prose(api.info?.description), contents];
  for (const [name, { description, all }] of groups(api)) {
    const list = element("ul", "");
    for (const [path, method] of all) {
      const link = element("a", "", element("span", `method ${method}`, method.toUpperCase()), " ", path);
      link.href = `#${anchor(method, path)}`;
      list.append(element("li", "", link));
    }
    contents.append(element("h3", "", name), list);
    parts.push(element("h2", "", name), ...prose(description), ...all.map(([path, method, of]) => operation(api, path, method, of)));
  }
  parts.push(...errors(api));
  const raw = element("a", "", "/openapi.json");
  raw.href = "/openapi.json";
  parts.push(element("p", "", "For programs: ", raw));
  main.replaceChildren(...parts);
  // What the address names is here only now.
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
};

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
  show(await response.json());
} catch (error) {
  document.querySelector(".status").textContent = `/openapi.json cannot be shown: ${error.message}.`;
}
