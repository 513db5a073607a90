"use strict";
// Everything that is shown is other people's text: it goes into the page as text, never as markup.
const begin = () => {
  const ending = new AbortController();
  const always = { signal: ending.signal };
  const data = JSON.parse(document.getElementById("data").textContent);
  const PER_PAGE = 50;
  // The mark, the name, what it means, and the word that `fieldkeep explain` knows.
  const LABELS = {
    "in-sync": ["✓", "In sync", "Live is what git and Prometheus say", "drift"],
    change: ["→", "Would change", "The next sync would write it", "plan"],
    drift: ["Δ", "Drift", "Live and git differ, and the next sync settles it", "drift"],
    unmanaged: ["●", "No file", "Live, and no field file in git describes it", "unmanaged"],
    orphan: ["○", "Orphan", "Live, but in no file and no source", "orphan"],
    unknown: ["?", "Unknown", "What is live could not be read, or no plan be made", "live"],
    gone: ["×", "Only in backups", "Neither live nor in git", "backup"],
    warning: ["!", "Warning", "Something to look at; it stops nothing", "warning"],
  };
  const meaning = (state) => `${LABELS[state][2]} (fieldkeep explain ${LABELS[state][3]})`;
  const ORIGINS = ["git", "live", "backup", "Prometheus", "default"];
  const CERTAINTY = [["●", "always", "yes"], ["◐", "maybe", "maybe"], ["◌", "open", "maybe"], ["?", "known last", "unsure"]];
  const byId = (id) => document.getElementById(id);

  // ------------------------------------------------------------------------------ the data, decoded

  const count = data.names.length;
  const expand = (column) => {
    if (column.v) return column.v;
    const all = new Array(count).fill(column.u[0]);
    column.i.forEach((at, k) => { all[at] = column.u[column.c[k]]; });
    return all;
  };
  const index = Object.fromEntries(data.attributes.map(([name], k) => [name, k]));
  const columns = data.columns.map(expand);
  const absent = Object.fromEntries(Object.entries(data.absent).map(([side, list]) => [side, new Set(list)]));
  const [owned, origins, states, actions, attached, changed] =
    ["owned", "origins", "states", "actions", "attached", "changed"].map((name) => expand(data[name]));
  const uncommitted = new Set(data.uncommitted);
  const base = (i, name) => (name in index ? columns[index[name]][i] : null);
  const side = (which, i, a) => {
    const own = (data.differs[which] ?? {})[i];
    return own && a in own ? own[a] : columns[a][i];
  };
  const list = (value) => (Array.isArray(value) ? value : typeof value === "string" ? value.split(",").map((s) => s.trim()).filter(Boolean) : []);
  const short = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);
  const display = (i) => { const name = base(i, "display_name"); return short(typeof name === "string" && name ? name : data.names[i], 120); };
  const shownOn = (i, page) => { const v = base(i, `show_in_${page}`); return v === true ? true : v === false ? false : null; };
  // The surest way in which a source attaches a field: 0 always, 1 maybe, 2 open, 3 known last; none is undefined.
  const sites = (i) => {
    const best = [];
    for (const [certainty, , set] of attached[i])
      for (const pool of data.sets[set]) {
        const source = data.pools[pool][0];
        if (!(best[source] <= certainty)) best[source] = certainty;
      }
    return best;
  };
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const haystack = data.names.map((name, i) => plain([name, display(i), base(i, "description") ?? ""].join("\n")));
  // Nearly all source labels begin alike: only a word that begins as they do is looked for in them.
  const sources = data.names.map((_, i) => plain(String(base(i, "source_label") ?? "")));
  const named = data.names.map((name, i) => plain(`${name}\n${display(i)}`).length);
  // A field may hide what it is with characters that turn or swallow others: they are written out.
  const visible = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/gu,
    (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

  // ------------------------------------------------------------------------------ building the page

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {}))
      if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    node.append(...children.flat().filter((child) => child != null));
    return node;
  };
  const bdi = (text) => el("bdi", null, visible(String(text)));
  // May break after a dot or an underscore, where a reader would.
  const breaking = (text) => visible(text).split(/(?<=[._])/).flatMap((part, k) => (k ? [el("wbr"), part] : [part]));
  const show = (value) => {
    if (value == null) return el("span", { class: "dim none" }, "–");
    if (value === "") return el("span", { class: "dim" }, "empty");
    if (typeof value === "string" && value.length > 600) return el("details", null, el("summary", null, bdi(short(value, 200)), ` ${value.length} characters`), bdi(value));
    if (typeof value === "string") return el("bdi", null, value.length < 200 ? breaking(value) : visible(value));
    if (Array.isArray(value) && value.length && value.every((one) => typeof one === "string")) return el("bdi", null, breaking(value.join(", ")));
    return el("code", null, visible(JSON.stringify(value)));
  };
  const icon = (mark) => el("span", { "aria-hidden": "true" }, `${mark} `);
  const tag = (state) => el("span", { class: `tag ${state}`, title: meaning(state) }, icon(LABELS[state][0]), LABELS[state][1]);
  // "In sync" stands for nothing else to say.
  const told = (i) => (states[i].length > 1 ? states[i].filter((state) => state !== "in-sync") : states[i]);
  const day = (text) => text.slice(0, 10);
  const moment = (text) => el("time", { datetime: text }, text.slice(0, 16).replace("T", " "));
  const equal = (left, right) => JSON.stringify(left) === JSON.stringify(right);

  // ------------------------------------------------------------------------------ what is asked for

  const DEFAULTS = { view: "fields", q: "", state: "", category: "", page: "", type: "", site: "", sort: "name", p: "1", field: "", from: "", to: "" };
  const read = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    return Object.fromEntries(Object.entries(DEFAULTS).map(([name, other]) => [name, given.get(name) ?? other]));
  };
  const hash = (wanted) => {
    const said = Object.entries(wanted).filter(([name, value]) => value !== DEFAULTS[name]);
    return `#${new URLSearchParams(said)}`;
  };
  let asked = read();
  const link = (patch) => hash({ ...asked, ...patch });
  // Typing makes no step of the history, and sets the address when it rests: a browser allows only so
  // many changes of it.
  let resting = 0;
  const settle = () => {
    clearTimeout(resting);
    if (resting) history.replaceState(null, "", hash(asked));
    resting = 0;
  };
  const retype = (patch) => {
    asked = { ...asked, ...patch };
    clearTimeout(resting);
    resting = setTimeout(settle, 200);
    draw();
  };
  // From the address, which is ahead of `asked` until the browser tells of its change.
  const go = (patch) => { settle(); location.hash = hash({ ...read(), ...patch }); };

  // ------------------------------------------------------------------------------ the list

  const facets = {
    category: { all: "Category", of: (i) => list(base(i, "category")) },
    page: { all: "Page", of: (i) => data.pages.filter((page) => shownOn(i, page)), order: data.pages },
    type: { all: "Type", of: (i) => [base(i, "field_type")].filter((type) => typeof type === "string") },
    site: { all: "Site", of: (i) => sites(i).flatMap((c, s) => (c === undefined ? [] : [data.sources[s][0]])), order: data.sources.map(([name]) => name) },
  };
  const SORTS = {
    name: ["Name", (i) => data.names[i]],
    display: ["Display name", (i) => plain(display(i))],
    order: ["Order", (i) => base(i, "order") ?? 999],
    category: ["Category", (i) => list(base(i, "category"))[0] ?? ""],
    state: ["State", (i) => Object.keys(LABELS).indexOf(states[i][0]) || 99],
    changed: ["Last change", (i) => -(changed[i] >= 0 ? Date.parse(data.commits[changed[i]][2]) : 0)],
  };
  const everyField = data.names.map((_, i) => i);
  const counts = {};
  states.forEach((all) => all.forEach((state) => { counts[state] = (counts[state] ?? 0) + 1; }));
  const total = count - (counts.gone ?? 0);
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const orders = new Map(); // each made once: a key must not wait for a sort
  const ordered = (sort) => {
    if (!orders.has(sort)) {
      const keys = everyField.map(SORTS[sort][1]);
      orders.set(sort, [...everyField].sort((a, b) => compare(keys[a], keys[b]) || a - b));
    }
    return orders.get(sort);
  };

  // In the order asked for; what begins with the words comes first, what has them in its names second.
  const chosen = () => {
    const words = plain(asked.q).split(/\s+/).filter(Boolean);
    const wanted = Object.entries(facets).filter(([name]) => asked[name]);
    const ranks = [[], [], []];
    for (const i of ordered(Object.hasOwn(SORTS, asked.sort) ? asked.sort : "name")) {
      const text = haystack[i];
      if (!words.every((word) => (word.startsWith("__") ? sources[i] : text).includes(word))) continue;
      if (asked.state ? !states[i].includes(asked.state) : states[i].includes("gone")) continue;
      if (!wanted.every(([name, facet]) => facet.of(i).includes(asked[name]))) continue;
      const at = words.length ? text.indexOf(words[0]) : 0;
      ranks[at === 0 ? 0 : at < named[i] ? 1 : 2].push(i);
    }
    return ranks.flat();
  };

  // Their address is short enough to be passed on; a click keeps the filters.
  const head = (i) => el("th", { scope: "row", class: "what" },
    el("a", { href: hash({ ...DEFAULTS, field: data.names[i] }), "data-row": data.names[i] }, bdi(display(i)), el("code", null, bdi(data.names[i]))));
  const who = (i) => {
    if (uncommitted.has(i)) return "not committed";
    if (changed[i] < 0) return changed[i] === -2 ? "unknown" : "–";
    return day(data.commits[changed[i]][2]);
  };
  const pagesOf = (i) => { const on = facets.page.of(i).length; return on === data.pages.length ? "all" : `${on} of ${data.pages.length}`; };
  const some = (names, all) => (names.length === 0 ? "–" : names.length === all && all > 1 ? "all" : names.length === 1 ? bdi(names[0]) : `${names.length} of ${all}`);
  const wide = (...inside) => el("td", { class: "wide" }, ...inside);
  const fieldRow = (i) => el("tr", null, head(i), el("td", null, told(i).map(tag)),
    wide(base(i, "field_type") == null ? "" : bdi(base(i, "field_type")), base(i, "required") === true ? el("span", { class: "dim" }, ", required") : null),
    wide(bdi(list(base(i, "category")).join(", "))),
    wide(pagesOf(i)),
    wide(some(facets.site.of(i), data.sources.length)),
    wide(who(i)));
  const matrixRow = (names, cell) => (i) => el("tr", null, head(i), names.map((_, k) => {
    const [mark, text, kind] = cell(i, k);
    return el("td", { class: kind, title: text }, icon(mark), el("span", { class: "hidden" }, text));
  }));
  const matrix = (names, cell) => ({ kind: names.length > 4 ? "matrix many" : "matrix", head: ["Field", ...names], row: matrixRow(names, cell) });
  const siteCell = (i, source) => CERTAINTY[sites(i)[source]] ?? (data.sources[source][1] ? ["?", "unknown: not read", "unsure"] : ["–", "no", "no"]);
  const pageCell = (i, page) => { const on = shownOn(i, data.pages[page]); return on ? ["✓", "shown", "yes"] : on === false ? ["–", "not shown", "no"] : ["?", "not said", "unsure"]; };

  const tables = {
    fields: { kind: "all", head: ["Field", "State", "Type", "Category", "Pages", "Sites", "Last change"], row: fieldRow },
    sites: matrix(data.sources.map(([name]) => name), siteCell),
    pages: matrix(data.pages, pageCell),
  };
  for (const table of Object.values(tables)) {
    table.rows = [];
    table.body = el("tbody");
    table.element = el("table", { class: table.kind }, el("thead", null, el("tr", null,
      table.head.map((text, k) => el("th", { scope: "col", class: table.kind === "all" && k > 1 && "wide" }, el("bdi", null, breaking(text)))))), table.body);
  }
  // A row is made once, when it is first shown.
  const tableOf = (view, found) => {
    const { rows, row, body, element } = tables[view];
    body.replaceChildren(...found.map((i) => {
      rows[i] ??= row(i);
      if (data.names[i] === asked.field) rows[i].setAttribute("aria-current", "true");
      else rows[i].removeAttribute("aria-current");
      return rows[i];
    }));
    return element;
  };
  const LEGENDS = {
    fields: [],
    sites: [["●", "always: on every target", "yes"], ["◐", "maybe: on some targets", "maybe"], ...(attached.some((groups) => groups.some(([certainty]) => certainty === 2)) ? [["◌", "open: only the discovery knows", "maybe"]] : []), ...(data.sources.some(([, unread]) => unread) ? [["?", "not read: known of it last, or unknown", "unsure"]] : []), ["–", "not attached", "no"]],
    pages: [["✓", "shown", "yes"], ["–", "not shown", "no"]],
  };

  const hint = () => {
    const { scrollWidth, clientWidth } = byId("rows");
    byId("more").hidden = scrollWidth <= clientWidth;
  };
  const drawList = (everything) => {
    const found = chosen();
    const last = Math.max(1, Math.ceil(found.length / PER_PAGE));
    const page = Math.min(last, Math.max(1, Number.parseInt(asked.p, 10) || 1));
    const part = everything ? found : found.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    byId("count").textContent = `${found.length} of ${total} ${total === 1 ? "field" : "fields"}${last > 1 && !everything ? `, page ${page} of ${last}` : ""}`;
    byId("rows").replaceChildren(found.length ? tableOf(asked.view, part) : el("p", { class: "notice" }, "No field matches. ", el("a", { href: link({ q: "", state: "", category: "", page: "", type: "", site: "", p: "1" }) }, "Show all")));
    byId("legend").replaceChildren(...LEGENDS[asked.view].map(([mark, text, kind]) => el("span", { class: kind }, icon(mark), text)), el("span", { id: "more" }, icon("→"), "more columns: scroll to the right"));
    const step = (to, text) => { const b = el("button", { type: "button" }, text); b.disabled = to < 1 || to > last; b.addEventListener("click", () => { go({ p: String(to) }); byId("list").scrollIntoView(); }); return b; };
    byId("pager").replaceChildren(...(last > 1 && !everything ? [step(page - 1, "Previous"), `${page} of ${last}`, step(page + 1, "Next")] : []));
  };

  const buildFilters = () => {
    for (const [name, facet] of Object.entries(facets)) {
      const present = new Map();
      everyField.forEach((i) => facet.of(i).forEach((value) => present.set(value, (present.get(value) ?? 0) + 1)));
      const values = (facet.order ?? [...present.keys()].sort()).filter((value) => present.has(value));
      const select = el("select", { id: `by-${name}`, "aria-label": name },
        el("option", { value: "" }, facet.all), values.map((value) => el("option", { value }, `${visible(value)} (${present.get(value)})`)));
      select.addEventListener("change", () => go({ [name]: select.value, p: "1" }));
      byId("selects").append(select);
    }
    const sort = el("select", { id: "by-sort", "aria-label": "sort by" }, Object.entries(SORTS).map(([value, [text]]) => el("option", { value }, `Sort: ${text.toLowerCase()}`)));
    sort.addEventListener("change", () => go({ sort: sort.value, p: "1" }));
    byId("selects").append(sort);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("q").addEventListener("input", () => retype({ q: byId("q").value, p: "1" }));
  };
  const drawFilters = () => {
    if (byId("q").value !== asked.q) byId("q").value = asked.q;
    for (const name of [...Object.keys(facets), "sort"]) {
      byId(`by-${name}`).value = asked[name];
      byId(`by-${name}`).classList.toggle("on", name !== "sort" && asked[name] !== "");
    }
    const chip = (state, ...inside) => el("li", null, el("a", { href: link({ state, p: "1" }), title: state && meaning(state), "aria-current": asked.state === state && "true" }, inside));
    byId("states").replaceChildren(
      chip("", "All"),
      ...Object.keys(LABELS).filter((state) => counts[state]).map((state) => chip(state, el("span", null, icon(LABELS[state][0]), LABELS[state][1]), el("b", null, String(counts[state])))));
  };

  // ------------------------------------------------------------------------------ one field

  const control = (i) => {
    const type = base(i, "field_type"), hint = base(i, "placeholder"), value = base(i, "default_value");
    const common = { id: "sample", placeholder: typeof hint === "string" ? visible(hint) : null, "aria-describedby": "sample-hint", autocomplete: "off" };
    if (type === "boolean") return el("input", { id: "sample", type: "checkbox", checked: value === true || value === "true", "aria-describedby": "sample-hint" });
    if (type === "select") return el("select", { id: "sample", "aria-describedby": "sample-hint" },
      el("option", { value: "" }, visible(String(hint || "Choose…"))),
      list(base(i, "options")).map((o) => el("option", { selected: equal(o, value) }, visible(String(o)))));
    if (type === "text") return el("textarea", { ...common, rows: "3", dir: "auto" }, value == null ? "" : visible(String(value)));
    return el("input", { ...common, dir: "auto", type: { number: "number", url: "url" }[type] ?? "text", value: value == null ? null : visible(String(value)) });
  };
  const rules = (i) => {
    const said = [];
    const [least, most, pattern, text] = ["min_length", "max_length", "regex", "message"].map((part) => base(i, `validation.${part}`));
    if (least != null || most != null) said.push(`${least ?? 0}–${most ?? "any number of"} characters`);
    if (pattern) said.push("matches ", el("code", null, bdi(pattern)));
    if (text) said.push(said.length ? ": " : "", bdi(text));
    return said;
  };
  const sample = (i) => {
    const must = base(i, "required") === true ? el("span", { class: "must" }, " *", el("span", { class: "hidden" }, " required")) : null;
    const off = base(i, "enabled") === false ? "Not enabled: hidden everywhere." : null;
    const seen = (data.values[i] ?? list(base(i, "options"))).slice(0, 3);
    const description = base(i, "description");
    return el("div", { class: "sample" },
      el("div", null, el("p", { class: "cap" }, base(i, "show_in_form") === false ? "In forms (not shown there)" : "In forms"),
        el("label", { for: "sample" }, bdi(display(i)), must), control(i),
        el("p", { class: "hint", id: "sample-hint" }, off, description ? bdi(description) : null, rules(i).length ? [description ? el("br") : null, rules(i)] : null)),
      el("div", null, el("p", { class: "cap" }, base(i, "show_in_table") === false ? "In tables (not shown there)" : "In tables"),
        el("table", null, el("thead", null, el("tr", null, el("th", { scope: "col" }, bdi(display(i))))),
          el("tbody", null, (seen.length ? seen : ["–"]).map((v) => el("tr", null, el("td", { dir: "auto" }, visible(String(v)))))))));
  };

  const isPage = new Set(data.pages.map((page) => `show_in_${page}`));
  const GROUPS = { field: "What the field is", shown: "Where it is shown", prometheus: "From Prometheus", other: "Of other programs" };
  const sides = (i) => {
    const unknown = (reason) => el("span", { class: "mark", title: reason }, "? unknown");
    const git = new Set(owned[i]);
    const setBy = {};
    for (const [origin, ...names] of origins[i]) for (const a of names) setBy[a] = ORIGINS[origin];
    const cell = (name, inside, same) => el("td", { "data-side": name, class: same && "same" }, inside);
    const noFile = absent.git.has(i);
    const same = () => el("span", { class: "dim" }, icon("="), "same");
    const known = data.live === null;
    const row = (a) => values(data.attributes[a][1], data.attributes[a][0], setBy[a],
      absent.live.has(i) ? null : side("live", i, a), git.has(a) ? side("git", i, a) : undefined, absent.after.has(i) ? null : columns[a][i]);
    // The pages are one entry of a field file.
    const pageRow = () => {
      const own = data.pages.map((page) => index[`show_in_${page}`]).filter((a) => a !== undefined);
      const on = (value) => { const shown = own.filter((a) => value(a) === true); return shown.length === own.length ? "all" : shown.map((a) => data.attributes[a][0].slice("show_in_".length)).join(", ") || "none"; };
      return own.length === 0 ? null : values("pages", "show_in_…", setBy[own[0]], absent.live.has(i) ? null : on((a) => side("live", i, a)),
        git.has(own[0]) ? on((a) => side("git", i, a)) : undefined, absent.after.has(i) ? null : on((a) => columns[a][i]));
    };
    const values = (label, name, by, live, gits, after) => {
      const changes = known && data.after === null && !equal(live, after);
      if (live == null && after == null && gits == null) return null;
      return el("tr", { class: changes && "differs" }, el("th", { scope: "row", title: name }, breaking(label)),
        cell("Live", known ? show(live) : unknown(data.live)),
        noFile ? null : cell("Git", gits === undefined ? el("span", { class: "dim" }, "silent")
          : known && equal(live, gits) ? same() : show(gits), gits === undefined || (known && equal(live, gits))),
        cell("After", data.after !== null ? unknown(data.after) : !known ? show(after)
          : changes ? [show(after), el("div", { class: "mark" }, icon("→"), "changes")] : same(), known && data.after === null && !changes),
        cell("Set by", by ?? el("span", { class: "dim" }, "–"), by === undefined || by === "live"));
    };
    const groups = Object.entries(GROUPS).map(([group, text]) => {
      const rows = data.attributes.map(([name, , g], a) => (g === group && !isPage.has(name) ? row(a) : null));
      if (group === "shown") rows.unshift(pageRow());
      return rows.some(Boolean) ? el("tbody", null, el("tr", { class: "group" }, el("th", { scope: "rowgroup", colspan: noFile ? "4" : "5" }, text)), rows) : null;
    });
    return [noFile ? el("p", { class: "dim" }, "No field file in git sets any of it.") : null,
      el("p", { class: "narrow dim" }, noFile ? "Left out: a result that is the same as live, and who set what live sets." : "Left out: git where it is silent, what is the same as live, and who set what live sets."), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Values" }, el("table", { class: "stack sides" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Attribute"), el("th", { scope: "col", class: "live" }, "Live now"),
        noFile ? null : el("th", { scope: "col", class: "git" }, "Git says"), el("th", { scope: "col", class: "after" }, "After the next sync"), el("th", { scope: "col" }, "Set by"))), groups))];
  };

  const ruleText = (number) => {
    const [at, from, replacement = "$1", regex = "(.*)", action = "replace"] = data.rules[number];
    const parts = [`rule ${at}: ${action}`];
    if (from.length) parts.push(`from ${from.join(", ")}`);
    if (regex !== "(.*)") parts.push(`where /${regex}/`);
    if (replacement !== "$1" || !from.length) parts.push(`to "${replacement}"`);
    return el("code", null, bdi(parts.join(" ")));
  };
  const attachments = (i) => {
    const unread = data.sources.filter(([, reason]) => reason).map(([name]) => name);
    const note = unread.length ? el("p", { class: "mark" }, "? Not read, so unknown: ", bdi(unread.join(", "))) : null;
    if (!attached[i].length) return [el("p", { class: "dim" }, unread.length ? "No source that was read attaches this label." : "No source attaches this label."), note];
    const rows = attached[i].flatMap(([certainty, ruleNumbers, set]) => {
      const bySource = new Map();
      data.sets[set].forEach((pool) => { const [source, job] = data.pools[pool]; bySource.set(source, [...(bySource.get(source) ?? []), job]); });
      return [...bySource].map(([source, jobs]) => [source, jobs.filter(Boolean), certainty, ruleNumbers]);
    }).sort((a, b) => a[0] - b[0] || a[2] - b[2]);
    return [note, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Where it is attached" }, el("table", { class: "stack attached" },
      el("thead", null, el("tr", null, ["Site", "Jobs", "How sure", "Rules"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", null, rows.map(([source, jobs, certainty, ruleNumbers]) => el("tr", null,
        el("th", { scope: "row" }, bdi(data.sources[source][0])),
        el("td", { "data-side": "Jobs" }, jobs.length ? bdi(jobs.slice(0, 12).join(", ")) : el("span", { class: "dim" }, "–"), jobs.length > 12 ? ` and ${jobs.length - 12} more` : null),
        el("td", { "data-side": "How sure", class: "sure" }, el("span", null, icon(CERTAINTY[certainty][0]), CERTAINTY[certainty][1])),
        el("td", { "data-side": "Rules" }, ruleNumbers.length ? ruleNumbers.map((r) => el("div", null, ruleText(r))) : el("span", { class: "dim" }, certainty === 3 ? "–" : "no rule: a label of the target"))))))) ];
  };

  const versionName = (k) => { const [at, time] = data.versions[k]; return at === null ? "live now" : `${time.slice(0, 16).replace("T", " ")} (backup ${at})`; };
  const past = (i) => {
    if (data.live !== null && !data.versions.length) return el("p", { class: "mark" }, `? Unknown: ${visible(data.live)}`);
    const own = data.history[i];
    const none = data.damaged ? "No backup that can be read" : "No backup";
    if (!own) return el("p", { class: "dim" }, data.versions.length > 1 && !absent.live.has(i) ? `${none} has another value.` : `${none} has this field.`);
    return el("dl", { class: "past" }, Object.entries(own).map(([a, steps]) => el("div", null, el("dt", null, visible(data.attributes[a][1])),
      el("dd", null, el("ol", null, [...steps].reverse().map(([k, value, by]) => el("li", null, show(value), " ",
        el("span", { class: "dim" }, `since ${versionName(k)}, by ${by}`))))))));
  };
  const lastChange = (i) => {
    if (uncommitted.has(i)) return el("p", null, "Its file has changes that are not committed.");
    if (changed[i] < 0) return el("p", { class: "dim" }, absent.git.has(i) ? "It has no field file." : changed[i] === -2 ? `Unknown: ${visible(data.git ?? "this clone does not have git's whole history")}.` : "No commit has its file.");
    const [sha, author, at, subject] = data.commits[changed[i]];
    return el("p", null, bdi(author), ", ", moment(at), ", ", el("code", null, sha), ": ", bdi(subject));
  };
  const remarks = (i) => {
    const drift = (data.drift[i] ?? []).map(([kind, names, detail]) => el("li", null, el("strong", null, kind), names.length ? `: ${names.join(", ")}` : "", detail ? [" (", bdi(detail), ")"] : null));
    const warned = (data.warnings[i] ?? []).map((text) => el("li", null, icon("!"), bdi(text)));
    return drift.length + warned.length ? [el("h3", null, "Drift and warnings"), el("ul", null, drift, warned)] : null;
  };

  let drawn = "";
  const drawField = () => {
    const section = byId("field");
    const i = asked.field ? data.names.indexOf(asked.field) : -1;
    document.body.classList.toggle("open", asked.field !== "" && !section.hidden);
    const closing = section.querySelector(".close");
    if (closing) closing.href = link({ field: "" });
    if (asked.field === drawn) return undefined;
    drawn = asked.field;
    if (asked.field === "") return section.replaceChildren();
    const close = el("a", { class: "close", href: link({ field: "" }) }, "Close");
    if (i < 0) return section.replaceChildren(close, el("h2", { id: "field-title", tabindex: "-1" }, "No such field"), el("p", null, "There is no field ", bdi(asked.field), " here."));
    const description = base(i, "description");
    return section.replaceChildren(close,
      el("h2", { id: "field-title", tabindex: "-1" }, bdi(display(i))),
      el("p", { class: "id" }, el("code", null, bdi(data.names[i])), absent.git.has(i) ? "" : [" · ", el("code", null, bdi(`${data.folder}/${data.names[i]}.yaml`))]),
      el("ul", { class: "told" }, told(i).map((state) => el("li", null, tag(state), " ", el("span", { class: "dim" }, state === "change" && actions[i] ? `The next sync would ${actions[i]} it` : LABELS[state][2], ": ", el("code", null, `fieldkeep explain ${LABELS[state][3]}`))))),
      description ? el("p", { class: "lead", dir: "auto" }, visible(description)) : "",
      el("h3", null, "As people see it"), sample(i),
      el("h3", null, "Values"), ...sides(i).filter(Boolean),
      ...(remarks(i) ?? []),
      el("h3", null, "Where it is attached"), ...attachments(i).filter(Boolean),
      el("h3", null, "Last change in git"), lastChange(i),
      el("h3", null, "History of values"), past(i));
  };

  // ------------------------------------------------------------------------------ two versions

  const valueAt = (i, a, k) => {
    const steps = (data.history[i] ?? {})[a];
    if (!steps) return absent.live.has(i) ? null : side("live", i, a);
    let value = null;
    for (const [from, v] of steps) if (from <= k) value = v;
    return value;
  };
  const compared = (from, to) => everyField.flatMap((i) => Object.keys(data.history[i] ?? {})
    .map((a) => [i, a, valueAt(i, a, from), valueAt(i, a, to)]).filter(([, , old, now]) => !equal(old, now)));
  const buildDiff = () => {
    const place = byId("diff");
    if (!place || data.versions.length < 2) return;
    const options = data.versions.map((_, k) => k).reverse();
    const select = (id, text) => el("label", { for: id }, text, el("select", { id }, options.map((k) => el("option", { value: k }, versionName(k)))));
    place.append(el("h3", null, "Compare two of them"), el("div", { class: "pick" }, select("from", "From"), select("to", "To")),
      el("p", { id: "diff-count", role: "status", "aria-live": "polite", class: "count-line" }), el("div", { id: "diff-rows" }));
    place.hidden = false;
    for (const id of ["from", "to"]) byId(id).addEventListener("change", () => go({ from: byId("from").value, to: byId("to").value }));
    document.querySelectorAll("#versions tbody tr").forEach((row, at) => {
      const k = data.versions.length - 1 - at;
      if (k > 0 && data.versions[k][3]) row.lastElementChild.replaceChildren(el("a", { href: hash({ ...DEFAULTS, view: "timeline", from: String(k - 1), to: String(k) }), "aria-label": `${data.versions[k][3]} fields changed: compare with the version before` }, String(data.versions[k][3])));
    });
  };
  const drawDiff = () => {
    if (!byId("from") || asked.view !== "timeline") return;
    const last = data.versions.length - 1;
    const within = (text, other) => { const k = Number.parseInt(text, 10); return k >= 0 && k <= last ? k : other; };
    const [from, to] = [within(asked.from, Math.max(0, last - 1)), within(asked.to, last)];
    byId("from").value = from;
    byId("to").value = to;
    const rows = compared(from, to);
    const fields = new Set(rows.map(([i]) => i)).size;
    byId("diff-count").textContent = rows.length ? `${fields} ${fields === 1 ? "field differs" : "fields differ"}, in ${rows.length} ${rows.length === 1 ? "value" : "values"}` : "No difference";
    const shown = rows.slice(0, 500);
    byId("diff-rows").replaceChildren(...(rows.length ? [el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Differences" }, el("table", { class: "stack" },
      el("thead", null, el("tr", null, ["Field", "Attribute", "Before", "After"].map((t) => el("th", { scope: "col" }, t)))),
      [...Map.groupBy(shown, ([i]) => i)].map(([i, own]) => el("tbody", null, own.map(([, a, old, now], at) => el("tr", null,
        at === 0 ? el("th", { scope: "rowgroup", rowspan: own.length }, el("a", { href: hash({ ...DEFAULTS, field: data.names[i] }) }, bdi(data.names[i]))) : null,
        el("td", { "data-side": "Attribute" }, el("code", null, breaking(data.attributes[a][1]))), el("td", { "data-side": "Before", class: "old" }, show(old)), el("td", { "data-side": "After", class: "new" }, show(now)))))))),
      rows.length > shown.length ? el("p", null, `${rows.length - shown.length} more`) : ""] : []));
  };

  // ------------------------------------------------------------------------------ all of it

  const VIEWS = { fields: [], sites: ["view-coverage"], pages: [], differs: ["view-differs"], timeline: ["view-timeline"], sources: ["view-sources"] };
  const draw = (everything = false) => {
    if (!Object.hasOwn(VIEWS, asked.view)) asked.view = "fields";
    const isList = asked.view in tables;
    document.querySelectorAll(".panel").forEach((panel) => { panel.hidden = !VIEWS[asked.view].includes(panel.id); });
    document.querySelectorAll("[data-view]").forEach((a) => {
      const { view } = a.dataset;
      a.setAttribute("href", view in tables && isList ? link({ view }) : hash({ ...DEFAULTS, view }));
      if (view === asked.view) a.setAttribute("aria-current", "page"); else a.removeAttribute("aria-current");
    });
    byId("list").hidden = !isList;
    byId("field").hidden = asked.field === "" || !isList;
    if (isList) { drawFilters(); drawList(everything); }
    drawField();
    if (isList) hint();
    drawDiff();
    document.title = document.title.replace(/^(?:.* — )?/, asked.field && isList ? `${asked.field} — ` : "");
  };

  document.addEventListener("click", settle, true);

  const rowLinks = () => [...document.querySelectorAll("[data-row]")];
  const listHasFocus = () => document.activeElement?.matches("[data-row]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = document.activeElement?.matches("input, textarea, select");
    if (event.key === "/" && !typing && !byId("list").hidden) {
      event.preventDefault();
      if (getComputedStyle(byId("list")).display === "none") go({ field: "" });
      byId("q").focus();
    } else if (event.key === "Escape") {
      if (document.activeElement === byId("q") && asked.q) retype({ q: "", p: "1" });
      else if (asked.field) go({ field: "" });
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (listHasFocus() || document.activeElement === byId("q"))) {
      const links = rowLinks();
      const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      if (at < 0) byId("q").focus(); else links[Math.min(at, links.length - 1)]?.focus();
    }
  }, always);

  byId("rows").addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({ field: row.dataset.row });
  });

  window.addEventListener("hashchange", () => {
    const before = asked;
    asked = read();
    draw();
    if (asked.field && asked.field !== before.field) byId("field-title")?.focus();
    else if (before.field && !asked.field) rowLinks().find((a) => a.dataset.row === before.field)?.focus();
  }, always);
  window.addEventListener("resize", () => { if (asked.view in tables) hint(); }, always);
  window.addEventListener("beforeprint", () => draw(true), always);
  window.addEventListener("afterprint", () => draw(), always);

  const theme = byId("theme");
  const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colors`); };
  try { const kept = localStorage.getItem("fieldkeep-theme"); if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept; } catch { /* no storage here */ }
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("fieldkeep-theme", document.documentElement.dataset.theme); } catch { /* no storage here */ }
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label, always);
  label();
  theme.hidden = false;

  document.querySelector(".views").hidden = false;
  buildFilters();
  buildDiff();
  draw();
  return ending;
};
let running = begin();
