// A list that the server pages, sorts and filters. What it shows stands in the address and nowhere else.
import { Fragment, html, useEffect, useRef, useState } from "../lib.js";
import { address, useEvery, useLoad } from "../api.js";
import { navigate, place, withQuery } from "../router.js";
import { t } from "../messages.js";
import { Icon } from "./icon.js";
import { Empty, Failure, Skeleton } from "./page.js";

const DEBOUNCE_MS = 150;
const PAGE_SIZES = [25, 50, 100];

/**
 * A list of `path`.
 * - `columns`: [{key, title, cell(row), sort?, primary?, wide?}]; `sort` is the API's word, `primary` heads the stack on a phone.
 * - `filters`: [{name, title, options: [[value, text]], hidden?}]; `name` is the API's parameter; a `hidden` one shows as a pill only (then
 *   `text(value)` words it).
 * - `rowHref(row)`: where a row leads; `query`: what is always asked for; `search`: whether there is a search field;
 *   `csv`: whether the API gives the list as CSV; `empty`: what to show when there is nothing at all; `label`: names the table.
 * - `before`: rows of another kind that stand above the first page, for example what is not in the list yet.
 * - `detail(row)`: what a row opens to, with a button that `detailLabel(row)` names.
 * - `defaultSort`: how the API sorts when it isn't told. `every(rows)`: seconds after which a visible list looks again, `null` for never.
 * - `version`: another value makes the list look again.
 */
export function List({ label, path, columns, filters = [], rowHref, query = {}, search = false, csv = false, empty, defaultSort = "", rowKey = (row) => row.id, version = 0, before = [], detail, detailLabel, every }) {
  const { query: asked } = place.value;
  const limit = pageSize(asked);
  const page = Math.max(1, Number.parseInt(asked.get("page") ?? "1", 10) || 1);
  const chosen = Object.fromEntries(filters.map(({ name }) => [name, asked.get(name)]).filter(([, value]) => value));
  const matching = { ...query, ...chosen, sort: asked.get("sort"), search: search ? asked.get("search") : null };
  const load = useLoad(path, { ...matching, limit, skip: (page - 1) * limit || null });
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) load.reload({ quiet: true });
    first.current = false;
  }, [version]);
  const again = (every && load.data && every(load.data)) ?? null;
  useEvery(again ?? 60, () => load.reload({ quiet: true }), Boolean(again));
  const narrowed = Object.keys(chosen).length > 0 || (search && asked.get("search"));
  const { total } = load;
  const rows = load.data && page === 1 && before.length > 0 ? [...before, ...load.data] : load.data;
  return html`<section class="list" aria-label=${label}>
    <div class="list-tools">
      ${search && html`<${Search} />`}
      ${filters.filter((filter) => !filter.hidden).map((filter) => html`<${Filter} key=${filter.name} ...${filter} value=${asked.get(filter.name) ?? ""} />`)}
      <${SortChoice} columns=${columns} sort=${asked.get("sort") ?? defaultSort} />
      ${csv && html`<a class="button" download href=${address(path, { ...matching, format: "csv" })}><${Icon} name="download" />${t("list.csv")}</a>`}
    </div>
    <${Pills} filters=${filters} chosen=${chosen} searched=${search ? asked.get("search") : null} />
    <p class="hidden" role="status">${rows && total !== null ? range(page, limit, load.data.length, total) : ""}</p>
    ${load.error && html`<${Failure} error=${load.error} retry=${() => load.reload()} />`}
    ${!rows && !load.error && html`<${Skeleton} />`}
    ${rows && rows.length === 0 && (narrowed
      ? html`<${Empty} title=${t("list.noMatch")} text=${t("list.noMatchHint")} />`
      : empty ?? html`<${Empty} icon="circle" title=${t("list.empty")} />`)}
    ${rows && rows.length > 0 && html`<div class=${load.loading ? "stale" : ""} aria-busy=${load.loading}>
      <${Table} label=${label} columns=${columns} rows=${rows} rowHref=${rowHref} rowKey=${rowKey} sort=${asked.get("sort") ?? defaultSort} detail=${detail} detailLabel=${detailLabel} />
      <${Pager} page=${page} limit=${limit} shown=${load.data.length} total=${total} />
    </div>`}
  </section>`;
}

/** A table without paging, for short lists inside a page; `columns`, `rowHref`, `detail` as of `List`. */
export function Table({ label, columns, rows, rowHref, rowKey = (row) => row.id, sort = null, detail, detailLabel }) {
  const [open, setOpen] = useState({});
  return html`<table>
    <caption class="hidden">${label}</caption>
    <thead><tr>${columns.map((column) => html`<${Head} key=${column.key} column=${column} sort=${sort} />`)}</tr></thead>
    <tbody>${rows.map((row) => {
      const key = rowKey(row);
      const toggle = () => setOpen({ ...open, [key]: !open[key] });
      return html`<${Fragment} key=${key}><tr class=${rowHref ? "linked" : detail ? "opens" : ""}>${columns.map((column, at) => {
        const isPrimary = column.primary ?? at === 0;
        let content = column.cell(row);
        if (rowHref && isPrimary) content = html`<a class="row-link" href=${rowHref(row)}>${content}</a>`;
        if (detail && isPrimary) content = html`<button type="button" class="opener" aria-expanded=${open[key] ? "true" : "false"} aria-label=${detailLabel(row)} onClick=${toggle}><${Icon} name=${open[key] ? "chevron-down" : "chevron-right"} />${content}</button>`;
        return html`<td key=${column.key} data-label=${column.title} class=${`${isPrimary ? "primary" : ""} ${column.class ?? ""}`}>${content}</td>`;
      })}</tr>
      ${detail && open[key] && html`<tr class="detail"><td colspan=${columns.length}>${detail(row)}</td></tr>`}</${Fragment}>`;
    })}</tbody>
  </table>`;
}

function Head({ column, sort }) {
  if (!column.sort || sort === null) return html`<th scope="col">${column.title}</th>`;
  const up = sort === column.sort;
  const down = sort === `-${column.sort}`;
  const next = up ? `-${column.sort}` : column.sort;
  const icon = up ? "arrow-up" : down ? "arrow-down" : "chevrons-up-down";
  return html`<th scope="col" aria-sort=${up ? "ascending" : down ? "descending" : null}>
    <button type="button" class="sort" onClick=${() => navigate(withQuery({ sort: next, page: null }))}>${column.title}<${Icon} name=${icon} /></button>
  </th>`;
}

// On a phone there are no column heads to press.
function SortChoice({ columns, sort }) {
  const sortable = columns.filter((column) => column.sort);
  if (sortable.length === 0) return null;
  const choices = sortable.flatMap(({ sort: word, title }) => [
    [word, `${title}, ${t("list.sorted.ascending")}`], [`-${word}`, `${title}, ${t("list.sorted.descending")}`],
  ]);
  return html`<label class="inline narrow-only"><span>${t("list.sortBy")}</span>
    <select onChange=${(event) => navigate(withQuery({ sort: event.target.value, page: null }))}>${choices.map(
      ([value, text]) => html`<option key=${value} value=${value} selected=${value === sort}>${text}</option>`)}</select></label>`;
}

function Search() {
  const asked = place.value.query.get("search") ?? "";
  const [text, setText] = useState(asked);
  const timer = useRef(null);
  const typed = useRef(asked);
  useEffect(() => {
    // Back, or a pill taken away: the field follows.
    if (asked !== typed.current) { typed.current = asked; setText(asked); }
  }, [asked]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (event) => {
    const { value } = event.target;
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      typed.current = value.trim();
      // One step of Back for a whole search, not one for each letter.
      navigate(withQuery({ search: value.trim(), page: null }), { replace: place.peek().query.has("search") });
    }, DEBOUNCE_MS);
  };
  return html`<label class="search"><${Icon} name="search" /><span class="hidden">${t("list.search")}</span>
    <input type="search" placeholder=${t("list.search")} value=${text} onInput=${onInput} maxlength="200" /></label>`;
}

function Filter({ name, title, options, value }) {
  return html`<label class="inline"><span>${title}</span>
    <select class=${value ? "set" : ""} onChange=${(event) => navigate(withQuery({ [name]: event.target.value, page: null }))}>
      <option value="" selected=${value === ""}>${t("common.all")}</option>
      ${options.map(([known, text]) => html`<option key=${known} value=${known} selected=${known === value}>${text}</option>`)}
    </select></label>`;
}

function Pills({ filters, chosen, searched }) {
  const pills = filters.filter(({ name }) => chosen[name]).map(({ name, title, options = [], text }) => {
    const value = chosen[name];
    return { name, title, shown: options.find(([known]) => known === value)?.[1] ?? text?.(value) ?? value };
  });
  if (searched) pills.unshift({ name: "search", title: t("list.search"), shown: searched });
  if (pills.length === 0) return null;
  const none = Object.fromEntries(pills.map(({ name }) => [name, null]));
  return html`<ul class="pills" aria-label=${t("list.filters")}>
    ${pills.map(({ name, title, shown }) => html`<li key=${name}><a class="pill" href=${withQuery({ [name]: null, page: null })}
      aria-label=${t("list.removeFilter", { name: title, value: shown })}><span class="dim">${title}</span> ${shown}<${Icon} name="x" /></a></li>`)}
    ${pills.length > 1 && html`<li key="all"><a class="pill clear" href=${withQuery({ ...none, page: null })}>${t("list.clearAll")}</a></li>`}
  </ul>`;
}

function Pager({ page, limit, shown, total }) {
  const last = Math.max(1, Math.ceil(total / limit));
  const link = (to, icon, text) => (to >= 1 && to <= last
    ? html`<a class="button" href=${withQuery({ page: to === 1 ? null : to })} aria-label=${text}><${Icon} name=${icon} /></a>`
    : html`<span class="button off" aria-hidden="true"><${Icon} name=${icon} /></span>`);
  const choose = (event) => {
    try { localStorage.setItem("pageSize", event.target.value); } catch { /* the address still holds it */ }
    navigate(withQuery({ limit: event.target.value, page: null }));
  };
  return html`<nav class="pager" aria-label=${t("list.pages")}>
    <span class="range">${range(page, limit, shown, total)}</span>
    <label class="inline"><span>${t("list.perPage")}</span><select onChange=${choose}>${PAGE_SIZES.map(
      (size) => html`<option key=${size} value=${size} selected=${size === limit}>${size}</option>`)}</select></label>
    <span class="pager-links">${link(page - 1, "chevron-left", t("list.previous"))}${link(page + 1, "chevron-right", t("list.next"))}</span>
  </nav>`;
}

function range(page, limit, shown, total) {
  const from = (page - 1) * limit + 1;
  return t("list.range", { from: shown === 0 ? 0 : from, to: from + shown - 1, total });
}

function pageSize(asked) {
  let wanted = asked.get("limit");
  if (!wanted) try { wanted = localStorage.getItem("pageSize"); } catch { /* no storage, then the usual size */ }
  return PAGE_SIZES.includes(Number(wanted)) ? Number(wanted) : 50;
}
