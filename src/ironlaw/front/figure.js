// A figure: the declarative grammar of docs/reference/document.md drawn as real SVG text, beside its sentence and its table.
//
// Decision: marks keep their ids between evaluations, so an update walks the same nodes and writes what differs; nothing is made
// anew when only data change. The width comes from a ResizeObserver, one SVG unit is one CSS pixel, so texts keep their size on
// a phone and at 200 % zoom. A new kind of mark is one entry in MARKS.

import { attr, conceal, h, pool, s, say, scroller, show, uid } from "./dom.js";
import { band, crossing, layNotes, noteTop, obstacles, rule } from "./annotations.js";
import { axes, frame, namedAbove } from "./axes.js";
import { downloads } from "./export.js";
import { MARKS } from "./marks.js";
import { cells } from "./marks-cells.js";
import { isPolar, polarAxes, polarFrame, polarHeight, radar } from "./marks-radar.js";
import { readout } from "./readout.js";

const KINDS = { ...MARKS, rule, band, crossing, radar, cells };
const DOT = "M5 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z";
const UNDER = new Set(["band", "area"]); // drawn first, so that they never cover a line or a bar

export function figure(first, id = `figure-${first.id}`) {
  const ids = { title: uid("fig"), desc: uid("fig"), clip: uid("clip") };
  const [title, desc] = [s("title", { id: ids.title }), s("desc", { id: ids.desc })];
  const patterns = s("defs");
  const [back, under, over, top] = [s("g"), s("g"), s("g"), s("g")];
  const svg = s("svg", { role: "img", "aria-labelledby": `${ids.title} ${ids.desc}` }, title, desc, patterns, back, under, over, top);
  const heading = h("h4.fig-title");
  const legend = h("ul.legend");
  const empty = h("p.empty", { hidden: true });
  const caption = h("figcaption");
  const reader = readout(svg, () => ({ spec, box }));
  const plot = h("div.plot", null, svg, reader.node, reader.line, empty);
  const data = table(() => spec);
  const node = h("figure.figure", { id },
    h("div.fig-head", null, heading, legend), plot, caption,
    h("details.fig-data", { on: { toggle: data.toggle } }, h("summary", null, "Table and download"), data.node, downloads(svg, () => spec)));

  let drawAxes = null; // made with the first drawing: round or square
  const marks = new Map();
  const keys = pool(legend, legendEntry);
  const hatches = new Map();
  const room = {};
  let spec = first;
  let box = null;
  let width = 0;
  let tallest = 0;

  function hatch(colour) {
    if (!hatches.has(colour)) {
      const id = uid("hatch");
      patterns.append(s("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("rect.hatch-ground", { width: 6, height: 6 }), s(`rect.hatch-line.c-${colour}`, { width: 2.5, height: 6 })));
      hatches.set(colour, `url(#${id})`);
    }
    return hatches.get(colour);
  }

  function drawer(mark) {
    if (!marks.has(mark.id)) {
      const group = s(`g.mark-${mark.type}`);
      const words = s("g"); // texts that no line of another mark may cross
      (UNDER.has(mark.type) ? under : over).append(group);
      top.append(words);
      marks.set(mark.id, { group, words, draw: (KINDS[mark.type] ?? unknown)(group, words) });
    }
    return marks.get(mark.id);
  }

  function draw() {
    if (!width) return;
    const height = spec.empty ? Math.max(tallest, spec.height ?? 0) : tall(spec, width);
    if (height !== tallest) plot.style.setProperty("height", `${(tallest = height)}px`);
    if (spec.empty) return;
    const tools = lay(height);
    attr(svg, "viewBox", `0 0 ${width} ${height}`);
    attr(svg, "width", width);
    attr(svg, "height", height);
    drawAxes ??= (box.polar ? polarAxes : axes)(back, top);
    drawAxes(spec, box);
    const seen = new Set(spec.marks.map((mark) => mark.id));
    for (const mark of spec.marks) {
      const { group, words, draw: patch } = drawer(mark);
      conceal(group, false);
      conceal(words, false);
      patch(mark, box, tools);
    }
    for (const [id, { group, words }] of marks) {
      if (seen.has(id)) continue;
      conceal(group, true);
      conceal(words, true);
    }
    reader.refresh();
  }

  // Sets the frame; answers what marks need to know of it beside its scales.
  function lay(height) {
    if (isPolar(spec)) {
      box = polarFrame(spec, width, height);
      return { hatch };
    }
    const rows = room.rows ?? 0;
    box = frame(spec, width, height, rows, room);
    const laid = layNotes(spec, box);
    if (laid.rows > rows) {
      room.rows = laid.rows; // rows only grow, so the plot keeps still while a limit comes and goes
      box = frame(spec, width, height, laid.rows, room);
    }
    let taken = null; // asked for by names in the plot, which few figures have
    return { hatch, get taken() { return (taken ??= obstacles(spec, box)); }, notes: laid.notes, noteTop: (id) => (laid.notes.has(id) ? noteTop(box, laid.notes.get(id)) : box.top) };
  }

  function update(next) {
    spec = next;
    say(heading, next.title);
    say(title, next.title);
    say(desc, next.description ?? "");
    say(caption, next.empty ? "" : next.description);
    keys(unnamed(next), ({ patch }, entry) => patch(entry, next));
    show(empty, Boolean(next.empty));
    say(empty, next.empty ?? "");
    show(reader.node, !next.empty);
    attr(node, "class", next.empty ? "figure is-empty" : "figure");
    data.update();
    draw();
  }

  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    [width, room.left, room.rows] = [now, 0, 0];
    draw();
  }).observe(plot);

  update(first);
  return { node, update };
}

function unknown() {
  return () => {}; // a mark of a later version: its table and sentence still tell it
}

// Legend entries of what is not named in the picture itself.
function unnamed({ legend = [], marks = [] }) {
  const there = new Set(marks.filter((mark) => ["rule", "band"].includes(mark.type) || (mark.type === "point" && mark.points?.length === 1)).map((mark) => mark.label));
  return legend.filter((entry) => !there.has(entry.label));
}

// Rows named above their bars need room for the names, and for notes that break there.
function tall(spec, width) {
  if (isPolar(spec)) return polarHeight(spec, width);
  if (!namedAbove(spec, width)) return spec.height ?? 220;
  const row = 14 + (spec.marks.some((mark) => mark.bars?.some((bar) => bar.note)) ? 16 : 0);
  return (spec.height ?? 220) + row * spec.y.domain.length + 14;
}

function legendEntry() {
  const swatch = s("path");
  const mark = s("svg.swatch", { viewBox: "0 0 18 10", width: 18, height: 10, "aria-hidden": "true" }, swatch);
  const label = h("span");
  const node = h("li", null, mark, label);
  const patch = (entry, { marks }) => {
    const own = marks.filter((one) => one.label === entry.label);
    const drawn = new Set((own.length ? own : marks).filter((one) => one.colour === entry.colour || one.bars?.some((bar) => bar.colour === entry.colour)).map((one) => one.type));
    const only = (...types) => drawn.size === 1 && types.some((type) => drawn.has(type));
    const kind = entry.pattern ? "hatched" : only("point") ? (entry.dash ? "ring" : "dot") : entry.dash ? "dashed" : only("line", "radar") ? "line" : "solid";
    attr(swatch, "class", `swatch-${kind === "dot" ? "solid" : kind} c-${entry.colour}`);
    attr(swatch, "d", { hatched: "M1 9L7 1M6 9L12 1M11 9L17 1", dashed: "M0 5h5m2 0h5m2 0h4", line: "M0 5h18", dot: DOT, ring: DOT, solid: "M0 1h18v8H0Z" }[kind]);
    say(label, entry.label);
  };
  return { node, patch };
}

// The table is written when it is open only: closed, a move costs it nothing.
function table(current) {
  const head = h("tr");
  const body = h("tbody");
  const node = scroller(h("div"), "Table");
  node.append(h("table", null, h("thead", null, head), body));
  const heads = pool(head, () => ({ node: h("th", { scope: "col" }) }));
  const rows = pool(body, () => {
    const row = h("tr");
    return { node: row, cells: pool(row, () => ({ node: h("td") })) };
  });
  let open = false;
  function update() {
    if (!open) return;
    const { columns = [], rows: lines = [] } = current().table ?? {};
    heads(columns, (one, text) => say(one.node, text));
    rows(lines, (row, cells) => row.cells(cells, (one, text) => say(one.node, String(text))));
  }
  const toggle = (event) => {
    open = event.target.open;
    update();
  };
  return { node, update, toggle };
}
