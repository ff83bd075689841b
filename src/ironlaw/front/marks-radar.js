// Radar: outlines over spokes round a centre. The same grammar as any other figure: x is a band axis (the spokes, clockwise from
// the top), y a linear or log axis (centre to rim). A point whose value is null is a hatched sector: no evidence, never a zero.

import { attr, pool, s } from "./dom.js";
import { TEXT, titled, write } from "./axes.js";
import { px, scale, textWidth, wrap } from "./scale.js";

const GAP = 8; // px between the rim and a spoke's name
const ROW = 15; // px, one row of text
const HOLE = 0.14; // of the radius: on a log scale the lowest power of ten is a ring, so that it can be seen
const BOLD = 1.09; // how much wider than measured a name in bold is
const WIDE = 420; // px from which the axis name and the first spoke's name stand side by side
const THIN = 0.88; // of the radius: where the hatching of one series among several begins

export const isPolar = (spec) => spec.marks[0]?.type === "radar";

// The names of the spokes in lines, the largest radius that leaves them room in `width`, and the height that it fills.
function room(spec, width) {
  const spokes = spec.x.domain;
  const turn = (2 * Math.PI) / Math.max(spokes.length, 1);
  const names = spokes.map((name) => wrap(name, Math.max(width * 0.2, 64), TEXT));
  const widest = names.map((lines) => Math.max(...lines.map((line) => textWidth(line, TEXT) * BOLD)));
  const reach = names.map((_, index) => Math.abs(Math.sin(index * turn)));
  const free = reach.map((side, index) => (side > 0.2 ? (width / 2 - widest[index] - 2) / side - GAP : Infinity));
  const titles = titled(spec.y, width < WIDE ? width : (width - (widest[0] ?? 0)) / 2 - GAP);
  const top = ROW * (names[0]?.length ?? 1) + (width < WIDE ? ROW * titles.length : 0) + GAP; // else the axis name stands beside the first spoke's
  const foot = ROW * Math.max(1, ...names.filter((_, index) => Math.cos(index * turn) < -0.9).map((lines) => lines.length)) + GAP + 4;
  return { turn, names, titles, top, foot, radius: Math.max(Math.min(...free), 20) };
}

// A round picture is no taller than its width lets it be.
export function polarHeight(spec, width) {
  const { top, foot, radius } = room(spec, width);
  return Math.min(spec.height ?? 330, Math.ceil(top + 2 * radius + foot));
}

// Answers { polar, cx, cy, radius, turn, x, y, … }: x.at(spoke) is an angle, y.at(value) a distance from the centre.
export function polarFrame(spec, width, height) {
  const { turn, names, titles, top, foot, radius: most } = room(spec, width);
  const radius = Math.min(most, (height - top - foot) / 2);
  const order = new Map(spec.x.domain.map((name, index) => [name, index]));
  const x = { band: true, at: (name) => (order.has(name) ? order.get(name) * turn : NaN), step: turn, size: turn };
  const y = scale(spec.y, spec.y.scale === "log" ? radius * HOLE : 0, radius);
  const lacking = new Map(); // spoke -> how many outlines have no evidence there
  for (const mark of spec.marks) for (const [name, value] of mark.points ?? []) if (value === null) lacking.set(name, (lacking.get(name) ?? 0) + 1);
  return {
    polar: true, width, height, left: 0, right: width, top: 0, bottom: height, turn, radius, names, titles, x, y,
    cx: width / 2, cy: top + radius, first: spec.marks[0].id, outlines: spec.marks.length, lacking,
  };
}

function place(box, angle, distance) {
  return [box.cx + Math.sin(angle) * distance, box.cy - Math.cos(angle) * distance];
}

const ring = (box, radius) => `M${px(box.cx - radius)} ${px(box.cy)}a${px(radius)} ${px(radius)} 0 1 0 ${px(2 * radius)} 0a${px(radius)} ${px(radius)} 0 1 0 ${px(-2 * radius)} 0`;

export function polarAxes(parent, over) {
  const grid = parent.appendChild(s("g.grid.polar"));
  const rings = grid.appendChild(s("path"));
  const rim = grid.appendChild(s("path.baseline"));
  const words = over.appendChild(s("g.ticks"));
  const texts = pool(words, () => ({ node: s("text.halo", { "text-anchor": "middle" }) }));
  const names = pool(words, () => ({ node: s("text.halo.spoke") }));
  const titles = pool(words, () => ({ node: s("text.axis-name") }));
  return function update(spec, box) {
    const ticks = thinned(box, (spec.y.ticks ?? []).map((tick) => ({ text: tick.text, at: box.y.at(tick.v) })).filter(({ at }) => at > 0));
    const spokes = spec.x.domain.map((_, index) => [place(box, index * box.turn, box.y.from), place(box, index * box.turn, box.radius)]);
    attr(rings, "d", [box.y.from, ...ticks.map(({ at }) => at)].map((at) => ring(box, at)).join("") + spokes.map(([a, b]) => `M${px(a[0])} ${px(a[1])}L${px(b[0])} ${px(b[1])}`).join(""));
    attr(rim, "d", ring(box, box.radius));
    texts(ticks.filter((tick) => clear(box, tick)), ({ node }, { text, at }) => write(node, text, ...lowered(place(box, box.turn / 2, at))));
    names(named(box), ({ node }, one) => {
      attr(node, "text-anchor", one.anchor);
      write(node, one.text, one.x, one.y);
    });
    titles(box.titles, ({ node }, text, line) => write(node, text, 0, 12 + line * ROW));
  };
}

const lowered = ([x, y]) => [x, y + 4];

// Ticks whose rings leave room for their texts, the rim's first.
function thinned(box, ticks) {
  const apart = 16 / Math.max(Math.cos(box.turn / 2), 0.6);
  const kept = [];
  for (const tick of [...ticks].reverse()) if (!kept.length || kept.at(-1).at - tick.at >= apart) kept.push(tick);
  return kept;
}

// Whether a tick's text stays clear of the first spoke's name, which may stand over the rim.
function clear(box, { text, at }) {
  const [x, y] = place(box, box.turn / 2, at);
  const half = (Math.max(...box.names[0].map((line) => textWidth(line, TEXT))) * BOLD + textWidth(text, TEXT)) / 2 + 3;
  return x - box.cx > half || y - (box.cy - box.radius - GAP) > ROW - 1;
}

// The lines of the spokes' names, outside the rim.
function named(box) {
  return box.names.flatMap((lines, index) => {
    const angle = index * box.turn;
    const [x, y] = place(box, angle, box.radius + GAP);
    const [side, up] = [Math.sin(angle), Math.cos(angle)];
    const anchor = Math.abs(side) < 0.2 ? "middle" : side > 0 ? "start" : "end";
    const first = y + 4 - (up > 0.9 ? lines.length - 1 : up < -0.9 ? -0.6 : (lines.length - 1) / 2) * ROW;
    return lines.map((text, line) => ({ text, anchor, x, y: first + line * ROW }));
  });
}

export function radar(parent) {
  const sectors = pool(parent, () => ({ node: s("path.sector") }));
  const outline = parent.appendChild(s("path.outline"));
  const dots = pool(parent, () => ({ node: s("circle.point", { r: 4 }) }));
  const words = pool(parent, () => ({ node: s("text.halo.unknown", { "text-anchor": "middle" }) }));
  return (mark, box, tools) => {
    const points = mark.points ?? [];
    const blank = points.filter(([, value]) => value === null);
    const whole = ([name]) => box.lacking.get(name) >= box.outlines;
    const own = blank.filter((point) => !whole(point) || mark.id === box.first); // what no outline has is hatched once
    sectors(own, ({ node }, point) => {
      const all = whole(point);
      attr(node, "fill", tools.hatch(all ? "muted" : mark.colour));
      attr(node, "d", sector(box, box.x.at(point[0]), all ? box.y.from : box.radius * THIN));
    });
    const roomy = 2 * 0.72 * box.radius * Math.sin(box.turn * 0.42) > textWidth("no evidence", TEXT) + 4;
    words(roomy ? own.filter(whole) : [], ({ node }, [name]) => write(node, "no evidence", ...lowered(place(box, box.x.at(name), box.radius * 0.72))));
    attr(outline, "class", `outline c-${mark.colour ?? "data"}${mark.dash ? " dash" : ""}${blank.length ? " open" : ""}`);
    attr(outline, "d", path(points, box));
    dots(points.filter(([, value]) => value !== null), ({ node }, [name, value]) => {
      const [x, y] = place(box, box.x.at(name), box.y.at(value));
      attr(node, "class", `point c-${mark.colour ?? "data"}${mark.dash ? " hollow" : ""}`);
      attr(node, "transform", `translate(${px(x)} ${px(y)})`);
    });
  };
}

// Neighbouring points are joined; a spoke without evidence is a gap in the outline.
function path(points, box) {
  const spots = points.map(([name, value]) => (value === null ? null : place(box, box.x.at(name), box.y.at(value))));
  if (spots.every(Boolean)) return `${spots.map(([x, y], index) => `${index ? "L" : "M"}${px(x)} ${px(y)}`).join("")}Z`;
  return spots.map((spot, index) => {
    const next = spots[(index + 1) % spots.length];
    return spot && next ? `M${px(spot[0])} ${px(spot[1])}L${px(next[0])} ${px(next[1])}` : "";
  }).join("");
}

function sector(box, angle, inner) {
  const half = box.turn * 0.42;
  const [a, b, c, d] = [[angle - half, box.radius], [angle + half, box.radius], [angle + half, inner], [angle - half, inner]].map(([at, far]) => place(box, at, far).map(px).join(" "));
  const [outer, hole] = [px(box.radius), px(inner)];
  const large = half * 2 > Math.PI ? 1 : 0;
  return `M${a}A${outer} ${outer} 0 ${large} 1 ${b}L${c}A${hole} ${hole} 0 ${large} 0 ${d}Z`;
}

export const radarReadings = (mark, box) =>
  (mark.points ?? []).map(([name, value], index) => {
    const [x, y] = place(box, box.x.at(name), value === null ? box.radius * 0.5 : box.y.at(value));
    return { x, y, text: mark.texts[index], turn: box.x.at(name) };
  });
