"use strict";
// Everything shown is set as text, never as HTML.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const nodes = new Map(data.nodes.map((n) => [n.id, n]));
  const edges = new Map(data.edges.map((e) => [e.id, e]));
  const edgesOf = new Map(data.nodes.map((n) => [n.id, []]));
  for (const e of data.edges) {
    edgesOf.get(e.from).push(e);
    if (e.to !== e.from) edgesOf.get(e.to).push(e);
  }
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const number = (n) => n.toLocaleString("en-GB");

  function element(tag, text, parent) {
    const made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }

  function facts(pairs, parent) {
    const list = element("dl", null, parent);
    list.className = "facts";
    for (const [name, value] of pairs) {
      element("dt", name, list);
      element("dd", value, list).dir = "auto";
    }
    return list;
  }

  function nodeTip(n) {
    const box = document.createElement("div");
    element("strong", n.wb.name, box).dir = "auto";
    element("div", n.wb.words, box);
    for (const line of n.wb.lines.slice(0, 6)) element("div", line, box).dir = "auto";
    return box;
  }

  function edgeTip(e) {
    const box = document.createElement("div");
    element("strong", nodes.get(e.from).wb.name + " → " + nodes.get(e.to).wb.name, box).dir = "auto";
    element("div", e.wb.type, box);
    facts(e.wb.facts, box);
    return box;
  }

  // --- colours ---------------------------------------------------------------------------------

  const state = { colours: data.groups.length ? "actor" : "kind", least: 0, unstated: true, ledger: true, off: new Set() };
  const passes = (confidence) => (confidence === null ? state.unstated : confidence >= state.least);

  function colour(n) {
    const border = n.wb.seed ? "#11181d" : null;
    let fill = n.wb.color;
    let ring = border || fill;
    if (state.colours === "actor") {
      const named = n.wb.actors.filter((a) => passes(a[1]));
      const groups = new Set(named.map((a) => a[0]));
      fill = groups.size === 0 ? data.none : groups.size === 1 ? data.groups[named[0][0]].color : data.rivals;
      ring = border || fill;
      if (groups.size > 0 && !named.some((a) => a[2])) {
        ring = fill;
        fill = "#ffffff";
      }
    }
    const both = { background: fill, border: ring };
    return { ...both, highlight: { background: fill, border: "#e0a100" }, hover: both };
  }

  function shownNode(n) {
    return {
      id: n.id, x: n.x, y: n.y, shape: n.shape, size: n.size, color: colour(n), title: nodeTip(n),
      borderWidth: n.wb.seed ? 3 : 2, borderWidthSelected: 4, hidden: false,
    };
  }

  function shownEdge(e) {
    return {
      id: e.id, from: e.from, to: e.to, width: e.width, dashes: e.dashes || false, title: edgeTip(e), hidden: false,
      color: { color: e.color, highlight: "#c98a00", hover: e.color, opacity: data.edges.length > 800 ? 0.45 : 0.8 },
      smooth: e.smooth || false,
    };
  }

  // --- the picture -----------------------------------------------------------------------------

  const nodeSet = new vis.DataSet(data.nodes.map(shownNode));
  const edgeSet = new vis.DataSet(data.edges.map(shownEdge));
  const network = new vis.Network(byId("map"), { nodes: nodeSet, edges: edgeSet }, {
    physics: false,
    layout: { improvedLayout: false },
    interaction: {
      hover: data.nodes.length <= 800, tooltipDelay: 120, hideEdgesOnDrag: data.edges.length > 1500,
      hideEdgesOnZoom: data.edges.length > 1500, keyboard: { enabled: true, bindToWindow: false },
    },
    edges: { arrows: { to: { enabled: true, scaleFactor: 0.45 } }, selectionWidth: 1.5, arrowStrikethrough: false },
    nodes: { font: { size: 0 } },
  });

  // Labels are drawn at one size on the screen, the important ones first, and never over one another.
  const rank = { ActorGroup: 0, Person: 0, Incident: 1, Service: 2, Campaign: 2, Malware: 3, Cluster: 3 };
  const order = data.nodes.slice().sort((a, b) =>
    (b.wb.seed - a.wb.seed) || ((rank[a.wb.kind] ?? 5) - (rank[b.wb.kind] ?? 5)) ||
    (edgesOf.get(b.id).length - edgesOf.get(a.id).length) || (a.id - b.id));
  const hidden = new Set();
  const widths = new Map();
  network.on("afterDrawing", (ctx) => {
    const scale = network.getScale();
    const frame = byId("map").getBoundingClientRect();
    const places = network.getPositions();
    const ratio = ctx.canvas.width / frame.width;
    const chosen = new Set(network.getSelectedNodes());
    const taken = [];
    ctx.save();
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.lineJoin = "round";
    const place = (n) => {
      const minor = (rank[n.wb.kind] ?? 5) > 3;
      if (hidden.has(n.id) || taken.length > 160 || (minor && scale < 0.55 && !n.wb.seed && !chosen.has(n.id))) return;
      const at = network.canvasToDOM(places[n.id]);
      if (at.x < -60 || at.y < -20 || at.x > frame.width + 60 || at.y > frame.height + 20) return;
      const font = (minor ? "11px " : n.wb.seed || rank[n.wb.kind] < 2 ? "600 13px " : "12px ") +
        "'Segoe UI','Helvetica Neue','Liberation Sans',Arial,sans-serif";
      const text = n.wb.name.length > 32 ? n.wb.name.slice(0, 31) + "…" : n.wb.name;
      ctx.font = font;
      if (!widths.has(n.id)) widths.set(n.id, ctx.measureText(text).width);
      const half = widths.get(n.id) / 2 + 3;
      const top = at.y + n.size * scale + 4;
      const box = [at.x - half, top - 1, at.x + half, top + 15];
      if (!chosen.has(n.id) &&
        taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) return;
      taken.push(box);
      ctx.lineWidth = 3.5;
      ctx.strokeStyle = "rgba(255,255,255,.92)";
      ctx.strokeText(text, at.x, top);
      ctx.fillStyle = minor ? "#46535d" : "#1d2730";
      ctx.fillText(text, at.x, top);
    };
    for (const id of chosen) place(nodes.get(id));
    for (const n of order) if (!chosen.has(n.id)) place(n);
    ctx.restore();
  });

  // --- filters ---------------------------------------------------------------------------------

  const rows = new Map();
  for (const row of document.querySelectorAll("#tables tbody tr")) rows.set(row.dataset.id, row);

  function apply() {
    const linked = new Set();
    const edgeChanges = [];
    let lines = 0;
    const kindOn = (id) => !state.off.has(nodes.get(id).wb.kind);
    for (const e of data.edges) {
      const on = (e.wb.ledger ? state.ledger : passes(e.wb.confidence)) && kindOn(e.from) && kindOn(e.to);
      if (on) { linked.add(e.from); linked.add(e.to); lines += 1; }
      edgeChanges.push({ id: e.id, hidden: !on });
      rows.get(e.id).hidden = !on;
    }
    hidden.clear();
    const nodeChanges = data.nodes.map((n) => {
      const on = kindOn(n.id) && (n.wb.seed || linked.has(n.id) || edgesOf.get(n.id).length === 0);
      if (!on) hidden.add(n.id);
      rows.get(String(n.id)).hidden = !on;
      return { id: n.id, hidden: !on, color: colour(n) };
    });
    edgeSet.update(edgeChanges);
    nodeSet.update(nodeChanges);
    const shown = data.nodes.length - hidden.size;
    const of = (part, all) => (part === all ? number(all) : number(part) + " of " + number(all));
    byId("status").textContent = of(shown, data.nodes.length) + " nodes, " + of(lines, data.edges.length) + " lines";
    byId("actors").hidden = state.colours !== "actor";
    document.body.classList.toggle("by-actor", state.colours === "actor");
  }

  byId("colours").value = state.colours;
  let waiting = null;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(apply, 60); };
  byId("colours").addEventListener("change", (ev) => { state.colours = ev.target.value; apply(); });
  byId("confidence").addEventListener("input", (ev) => {
    state.least = Number(ev.target.value);
    byId("shown").textContent = ev.target.value;
    soon();
  });
  byId("unstated").addEventListener("change", (ev) => { state.unstated = ev.target.checked; apply(); });
  if (byId("ledger")) byId("ledger").addEventListener("change", (ev) => { state.ledger = ev.target.checked; apply(); });
  byId("kinds").addEventListener("change", (ev) => {
    if (ev.target.checked) state.off.delete(ev.target.value); else state.off.add(ev.target.value);
    apply();
  });

  // --- one node --------------------------------------------------------------------------------

  function choose(id, move) {
    const n = nodes.get(id);
    network.selectNodes([id]);
    if (move) {
      network.focus(id, { scale: Math.max(0.9, network.getScale()), offset: { x: -140, y: 0 }, animation: calm ? false : { duration: 350 } });
    }
    const panel = byId("panel");
    panel.replaceChildren();
    const close = element("button", "×", panel);
    close.className = "close";
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", unchoose);
    element("h2", n.wb.name, panel).dir = "auto";
    element("small", n.wb.words + " · " + n.wb.id, panel);
    if (n.wb.lines.length) element("h3", "What sources say", panel);
    for (const line of n.wb.lines) element("div", line, panel).dir = "auto";
    const around = edgesOf.get(id);
    if (around.length) element("h3", number(around.length) + (around.length === 1 ? " line" : " lines"), panel);
    const list = element("ul", null, panel);
    for (const e of around.slice(0, 60)) {
      const item = element("li", null, list);
      const other = e.from === id ? e.to : e.from;
      element("small", (e.from === id ? "→ " : "← ") + e.wb.type + " ", item);
      const go = element("button", nodes.get(other).wb.name, item);
      go.type = "button";
      go.dir = "auto";
      go.addEventListener("click", () => choose(other, true));
      facts(e.wb.facts, item);
    }
    if (around.length > 60) element("p", "and " + number(around.length - 60) + " more; see the tables.", panel);
    panel.hidden = false;
  }

  function unchoose() {
    byId("panel").hidden = true;
    network.unselectAll();
  }

  network.on("click", (ev) => (ev.nodes.length ? choose(ev.nodes[0], false) : unchoose()));

  // --- search ----------------------------------------------------------------------------------

  const texts = data.nodes.map((n) => [n, (n.wb.name + " " + n.wb.id + " " + n.wb.lines.join(" ")).toLowerCase()]);
  byId("search").addEventListener("input", (ev) => {
    const wanted = ev.target.value.trim().toLowerCase();
    const list = byId("hits");
    list.replaceChildren();
    if (!wanted) return;
    const found = texts.filter(([n, text]) => text.includes(wanted) && !hidden.has(n.id));
    for (const [n] of found.slice(0, 20)) {
      const button = element("button", null, element("li", null, list));
      button.type = "button";
      element("span", n.wb.name, button).dir = "auto";
      element("small", " " + n.wb.kind, button);
      button.addEventListener("click", () => choose(n.id, true));
    }
    if (found.length === 0) element("li", "Nothing shown has this in its name, id or details.", list).className = "none";
    if (found.length > 20) element("li", "and " + number(found.length - 20) + " more", list).className = "none";
  });
  byId("search").addEventListener("keydown", (ev) => {
    const first = byId("hits").querySelector("button");
    if (ev.key === "Enter" && first) first.click();
    if (ev.key === "ArrowDown" && first) { first.focus(); ev.preventDefault(); }
    if (ev.key === "Escape") { ev.target.value = ""; byId("hits").replaceChildren(); }
  });
  document.addEventListener("keydown", (ev) => { if (ev.key === "Escape") unchoose(); });

  // --- zoom, tables ----------------------------------------------------------------------------

  const zoom = (by) => network.moveTo({ scale: network.getScale() * by, animation: calm ? false : { duration: 150 } });
  byId("in").addEventListener("click", () => zoom(1.4));
  byId("out").addEventListener("click", () => zoom(1 / 1.4));
  byId("fit").addEventListener("click", () => network.fit({ maxZoomLevel: 1, animation: calm ? false : { duration: 250 } }));

  const tables = byId("tables");
  function show(asTables) {
    tables.hidden = !asTables;
    byId("picture").hidden = asTables;
    byId("toggle").setAttribute("aria-pressed", String(asTables));
    byId("toggle").textContent = asTables ? "Picture" : "Tables";
    if (asTables) tables.focus(); else network.redraw();
  }
  byId("toggle").addEventListener("click", () => show(tables.hidden));
  document.querySelector(".skip").addEventListener("click", (ev) => { ev.preventDefault(); show(true); });
  show(false);
  apply();
  network.fit({ maxZoomLevel: 1 });
  document.body.dataset.ready = "yes"; // for tests: the page can be used
})();
