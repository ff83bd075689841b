// Reading a chart point by point: hover, touch, or the arrow keys.
//
// Decision: the picture is one image to a screen reader; a slider-like reader lies over it, whose value text is the point being
// read. What it says stands in a fixed line under the chart, so nothing pops up over the data and nothing moves.

import { attr, conceal, h, s, say } from "./dom.js";
import { px } from "./scale.js";
import { readings } from "./marks.js";

const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

export function readout(svg, current) {
  const ring = s("circle.cursor", { r: 8 });
  const cursor = s("g", null, ring);
  conceal(cursor, true);
  svg.append(cursor);
  const line = h("p.readout", { "aria-hidden": "true" });
  const node = h("div.reader", {
    role: "slider", tabindex: 0, "aria-valuemin": 1, "aria-valuenow": 1, "aria-valuemax": 1,
    on: { keydown: onKey, focus: () => move(index), blur: hide, pointermove: onPointer, pointerdown: onPointer, pointerleave: onLeave },
  });
  let index = 0;
  let active = false;

  function points() {
    const { spec, box } = current();
    if (!box || spec.empty) return [];
    const found = spec.marks.flatMap((mark) => readings(mark, box));
    return found.sort(box.polar ? (a, b) => a.turn - b.turn : (a, b) => a.x - b.x || a.y - b.y); // round the centre, or from left to right
  }

  function move(to, list = points()) {
    if (!list.length) return hide();
    index = Math.max(0, Math.min(to, list.length - 1));
    active = true;
    const { x, y, text } = list[index];
    conceal(cursor, false);
    attr(ring, "transform", `translate(${px(x)} ${px(y)})`);
    say(line, text);
    attr(node, "aria-valuemax", list.length);
    attr(node, "aria-valuenow", index + 1);
    attr(node, "aria-valuetext", text);
  }

  function hide() {
    active = false;
    conceal(cursor, true);
    say(line, "");
  }

  function onKey(event) {
    const list = points();
    const to = event.key === "Home" ? 0 : event.key === "End" ? list.length - 1 : index + (KEYS[event.key] ?? NaN);
    if (Number.isNaN(to)) return;
    event.preventDefault();
    move(to, list);
  }

  function onPointer(event) {
    const list = points();
    const { box } = current();
    const flat = box?.polar || box?.y.band ? 1 : 2; // nearness along x counts more, but for rows and round pictures
    const away = (one) => (one.x - event.offsetX) ** 2 + ((one.y - event.offsetY) / flat) ** 2;
    let best = 0;
    for (let i = 1; i < list.length; i++) if (away(list[i]) < away(list[best])) best = i;
    move(best, list);
  }

  function onLeave() {
    if (node.getRootNode().activeElement !== node) hide();
  }

  // After an update the reader stays on its point and says its new value; idle, it costs nothing.
  function refresh() {
    const { spec } = current();
    attr(node, "aria-label", `Read the values of: ${spec.title}`);
    if (active) move(index);
  }

  return { node, line, refresh };
}
