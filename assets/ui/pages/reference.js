// The API's document as a plain page: every request with its parameters, body and answers, for reading from top to bottom.
import { html, useEffect, useMemo, useState } from "../lib.js";
import { useLoad } from "../api.js";
import { t } from "../messages.js";
import { Icon } from "../components/icon.js";
import { Copy } from "../components/copy.js";
import { Loaded, PageHead } from "../components/page.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

export function ReferencePage() {
  const load = useLoad("/openapi.json");
  return html`<main class="reference" id="content">
    <${PageHead} title=${t("reference.title")} back=${{ href: "/", text: t("app.name") }} lead=${t("reference.lead")}
      actions=${html`<a class="button" href="/docs">${t("reference.try")}</a><a class="button" href="/openapi.json" download="openapi.json">${t("reference.document")}</a>`} />
    <${Loaded} load=${load}>${(document) => html`<${Reference} api=${document} />`}</${Loaded}></main>`;
}

function Reference({ api }) {
  const [wanted, setWanted] = useState("");
  const groups = useMemo(() => grouped(api), [api]);
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ text }) => words.every((one) => text.includes(one));
  const shown = groups.map(([tag, entries]) => [tag, entries.filter(fits)]).filter(([, entries]) => entries.length > 0);
  const count = shown.reduce((sum, [, entries]) => sum + entries.length, 0);
  // The page came before its content: what the address names is found only now.
  useEffect(() => { if (location.hash) globalThis.document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView(); }, []);
  return html`<${Text} markdown=${api.info.description} />
    <label class="search"><${Icon} name="search" /><span class="hidden">${t("list.search")}</span><input type="search" placeholder=${t("list.search")} value=${wanted} onInput=${(event) => setWanted(event.target.value)} /></label>
    <p class="dim" role="status">${t("reference.count", { count })}</p>
    <nav aria-label=${t("reference.groups")}><ul class="ref-groups">${shown.map(([tag, entries]) => html`<li key=${tag}><a href=${`#${slug(tag)}`}>${tag}</a> <span class="count">${entries.length}</span></li>`)}</ul></nav>
    ${shown.map(([tag, entries]) => html`<section key=${tag} aria-labelledby=${slug(tag)}><h2 id=${slug(tag)}>${tag}</h2>
      ${entries.map((entry) => html`<${Operation} key=${entry.id} entry=${entry} api=${api} />`)}</section>`)}`;
}

/** The parts of Markdown that the document uses: headings, lists, code and strong words. */
function Text({ markdown }) {
  const blocks = markdown.split(/\n{2,}/);
  return html`<div class="prose">${blocks.map((block, at) => {
    const code = block.match(/^```\w*\n([\s\S]*?)\n?```$/);
    if (code) return html`<pre key=${at} tabindex="0">${code[1]}</pre>`;
    const heading = block.match(/^#+ (.*)$/);
    if (heading) return html`<h2 key=${at}>${heading[1]}</h2>`;
    if (block.startsWith("- ")) return html`<ul key=${at}>${block.slice(2).split("\n- ").map((item) => html`<li key=${item}>${inline(item)}</li>`)}</ul>`;
    return html`<p key=${at}>${inline(block)}</p>`;
  })}</div>`;
}

const inline = (text) => text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, at) => {
  if (part.startsWith("`")) return html`<code key=${at}>${part.slice(1, -1)}</code>`;
  return part.startsWith("**") ? html`<strong key=${at}>${part.slice(2, -2)}</strong>` : part;
});

const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** [tag, operations] in the document's order. */
function grouped(api) {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? "";
      const entry = { id: operation.operationId ?? `${method}${path}`, method: method.toUpperCase(), path, operation, parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])] };
      entry.text = `${entry.method} ${path} ${operation.summary ?? ""} ${operation.description ?? ""} ${tag}`.toLowerCase();
      groups.set(tag, [...(groups.get(tag) ?? []), entry]);
    }
  }
  return [...groups];
}

const found = (node, api) => (node?.$ref ? node.$ref.slice(2).split("/").reduce((at, name) => at[name.replaceAll("~1", "/").replaceAll("~0", "~")], api) : node);

function Operation({ entry, api }) {
  const { operation } = entry;
  const body = found(operation.requestBody, api);
  const parameters = entry.parameters.map((one) => found(one, api));
  return html`<article class="operation" id=${entry.id} aria-labelledby=${`${entry.id}-h`}>
    <h3 id=${`${entry.id}-h`}><span class=${`method ${entry.method.toLowerCase()}`}>${entry.method}</span> <code>${entry.path}</code></h3>
    <p>${operation.summary}</p>${operation.description && html`<p class="fix dim">${operation.description}</p>`}
    ${parameters.length > 0 && html`<h4>${t("reference.parameters")}</h4><${Fields} api=${api} rows=${parameters.map((one) => ({ name: one.name, where: one.in, required: one.required, schema: one.schema, text: one.description }))} />`}
    ${body && html`<h4>${t("reference.body")}</h4>${Object.entries(body.content).map(([type, content]) => html`<${Body} key=${type} type=${type} content=${content} api=${api} />`)}`}
    <h4>${t("reference.answers")}</h4>
    <ul class="answers">${Object.entries(operation.responses).map(([status, response]) => {
      const { description, content } = found(response, api);
      return html`<li key=${status}><code>${status}</code> <span>${description}</span>${Number(status) < 300 && content && Object.entries(content).map(([type, one]) => html`
        <details key=${type}><summary>${type}</summary><${Body} type=${type} content=${one} api=${api} /></details>`)}</li>`;
    })}</ul>
  </article>`;
}

function Body({ type, content, api }) {
  const schema = found(content.schema, api);
  const of = schema?.type === "array" ? found(schema.items, api) : schema;
  const required = new Set(of?.required ?? []);
  const example = content.example ?? of?.examples?.[0] ?? of?.example;
  const rows = Object.entries(of?.properties ?? {}).map(([name, one]) => ({ name, required: required.has(name), schema: one, text: one.description ?? found(one, api)?.description }));
  return html`<p class="dim"><code>${type}</code>${schema?.type === "array" && ` · ${t("reference.list")}`}</p>
    ${rows.length > 0 && html`<${Fields} api=${api} rows=${rows} />`}
    ${example !== undefined && html`<div class="copy-box"><pre tabindex="0" aria-label=${t("reference.example")}>${written(example)}</pre><${Copy} text=${written(example)} label=${t("reference.example")} /></div>`}`;
}

const written = (example) => (typeof example === "string" ? example : JSON.stringify(example, null, 2));

function Fields({ rows, api }) {
  return html`<dl class="fields">${rows.map((row) => html`<div key=${`${row.where} ${row.name}`}><dt><code>${row.name}</code>
    <span class="dim">${[row.where, kind(row.schema, api), row.required && t("reference.required")].filter(Boolean).join(", ")}</span></dt>
    <dd>${row.text}${bounds(row.schema, api)}</dd></div>`)}</dl>`;
}

/** A schema's type in a word or two. */
function kind(schema, api) {
  if (!schema) return "";
  const options = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (options) return [...new Set(options.map((one) => kind(one, api)))].join(" | ");
  if (schema.$ref) {
    const target = found(schema, api);
    return target.enum || target.type !== "object" ? kind(target, api) : schema.$ref.split("/").at(-1);
  }
  if (schema.type === "array") return `${kind(schema.items, api)}[]`;
  return [schema.type].flat().map((one) => (one === "string" && schema.format ? schema.format : one)).filter(Boolean).join(" | ") || t("reference.any");
}

/** Words, default and limits of a field. */
function bounds(schema, api) {
  const one = found(schema?.oneOf?.find((option) => option.type !== "null") ?? schema, api) ?? {};
  const said = [
    one.enum && t("reference.oneOf", { words: one.enum.filter((value) => value !== null).join(", ") }),
    schema?.default !== undefined && t("reference.default", { value: String(schema.default) }),
    (one.minimum !== undefined || one.maximum !== undefined) && t("reference.limits", { from: one.minimum ?? "…", to: one.maximum ?? "…" }),
    (one.maxLength !== undefined) && t("reference.characters", { from: one.minLength ?? 0, to: one.maxLength }),
  ].filter(Boolean);
  return said.length > 0 && html` <span class="dim">${said.join(" ")}</span>`;
}
