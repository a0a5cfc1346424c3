// What every page is made of: its heading, and what it shows while it loads, when it fails, and when there is nothing.
import { html, useEffect, useRef, useState } from "../lib.js";
import { t } from "../messages.js";
import { ago, exact } from "../format.js";
import { Icon } from "./icon.js";

/**
 * The heading of a page; sets the title of the window and takes the focus after a move, so that a screen reader begins here.
 * `back` is {href, text}, `actions` buttons at the right, `badge` beside the heading, `lead` a line below.
 */
export function PageHead({ title, back, badge, lead, actions }) {
  const heading = useRef(null);
  useEffect(() => { document.title = t("app.title", { page: title }); }, [title]);
  useEffect(() => {
    const { activeElement } = document;
    if (moved && (activeElement === document.body || !activeElement?.isConnected || activeElement.closest("nav, .row-link"))) {
      heading.current.focus({ preventScroll: true });
    }
    moved = true;
  }, []);
  return html`<header class="page-head">
    ${back && html`<a class="back" href=${back.href}><${Icon} name="chevron-left" />${back.text}</a>`}
    <div class="page-title"><h1 ref=${heading} tabindex="-1">${title}</h1>${badge}</div>
    ${actions && html`<div class="actions">${actions}</div>`}
    ${lead && html`<p class="lead">${lead}</p>`}
  </header>`;
}
let moved = false;

/** Grey lines in place of what is on its way; shown only once that takes longer than 200 ms. */
export function Skeleton({ lines = 6 }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!slow) return null;
  return html`<div class="skeleton" role="status"><span class="hidden">${t("common.loading")}</span>
    ${Array.from({ length: lines }, (_, at) => html`<div class="bone" key=${at}></div>`)}</div>`;
}

/** An error in the server's own words, when to try again, and a button to do so. */
export function Failure({ error, retry }) {
  return html`<div class="failure" role="alert">
    <${Icon} name="triangle-alert" />
    <div><strong>${t("error.title")}</strong>
      <p>${error.message}</p>
      ${error.retryAfter && html`<p>${t("error.when", { when: `${ago(error.retryAfter)} · ${exact(error.retryAfter)}` })}</p>`}
      ${retry && html`<button type="button" onClick=${retry}><${Icon} name="refresh-cw" />${t("action.retry")}</button>`}
    </div>
  </div>`;
}

/** A whole page that says one thing. */
export function Message({ icon, title, text, children }) {
  return html`<${PageHead} title=${title} /><${Empty} icon=${icon} text=${text}>${children}</${Empty}>`;
}

/** Nothing to show, and what to do about it. */
export function Empty({ icon = "search", title, text, children }) {
  return html`<div class="empty"><${Icon} name=${icon} />
    ${title && html`<strong>${title}</strong>`}${text && html`<p>${text}</p>`}${children}</div>`;
}

/** What `useLoad` gave: skeleton, error or `children(data)`. */
export function Loaded({ load, children }) {
  if (load.error) return html`<${Failure} error=${load.error} retry=${() => load.reload()} />`;
  if (load.data === null) return html`<${Skeleton} />`;
  return html`<div class=${load.slow ? "stale" : ""} aria-busy=${load.loading}>${children(load.data)}</div>`;
}

/** A box with a heading. `actions` stand at the right of it. */
export function Card({ title, actions, children, class: more = "" }) {
  return html`<section class=${`card ${more}`}>
    ${title && html`<div class="card-head"><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</div>`}${children}
  </section>`;
}

/** Names and values: `rows` are [name, value]; rows without value are left out. */
export function Facts({ rows }) {
  const there = rows.filter((row) => row && row[1] !== undefined && row[1] !== null && row[1] !== "");
  return html`<dl class="facts">${there.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Moves a strip that scrolls sideways so far that its current link is seen. */
export function showCurrent(strip) {
  const link = strip?.querySelector("[aria-current]");
  if (!link) return;
  const { left, right } = link.getBoundingClientRect();
  const frame = strip.getBoundingClientRect();
  if (left < frame.left || right > frame.right) strip.scrollLeft += left - frame.left - (frame.width - (right - left)) / 2;
}

/** Tabs that are links: the address holds which is open. `tabs` are {href, text, count, current}. */
export function Tabs({ label, tabs }) {
  const strip = useRef(null);
  const current = tabs.find((tab) => tab.current)?.href;
  useEffect(() => { showCurrent(strip.current); }, [current]);
  return html`<nav class="tabs" aria-label=${label} ref=${strip}>${tabs.map(
    (tab) => html`<a key=${tab.href} href=${tab.href} aria-current=${tab.current ? "page" : null}>${tab.text}
      ${tab.count !== undefined && html` <span class="count">${tab.count}</span>`}</a>`,
  )}</nav>`;
}
