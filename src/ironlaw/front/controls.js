// The controls of an instrument: native inputs, each with its name, its value and unit, and room for what it broke.
//
// A number is a slider with a second way to set it: a list of its ticks (type to find one) where it has ticks, else a number field.
// A choice is a group of radio buttons while it is short, else a list. Each control answers
// { id, node, value(), set(value), near(), faults([{ text }]) }, and calls changed(event) on every input event. near() names the
// values that a next move may bring, the likeliest first: that under the pointer, then those beside the value at hand. Each of them
// can then be drawn in the frame of the move.

import { attr, h, pool, say, uid } from "./dom.js";
import { icon } from "./icons.js";

const FEW = 3; // choices up to here stand as radio buttons
const REACH = 24; // values that near() names, at most
const THUMB = 14; // px: its middle stands at the value

// changed(event) follows each input event, aimed() a pointer that comes over another place of a slider.
export function control(spec, changed, aimed = () => {}) {
  if (spec.kind === "choice") return spec.options.length > FEW ? list(spec, changed) : radios(spec, changed);
  return spec.ticks?.length ? stepped(spec, changed, aimed) : plain(spec, changed, aimed);
}

// The shared shell: name and exact value on one line, the slider, then a line that holds its two ends or, in their place, the limit
// that this control broke: the line is always there, so a slider never moves under the hand that drags it.
function shell(spec, labelled, head, body, ends = null) {
  const said = { fault: uid("fault"), help: spec.help ? uid("help") : null };
  const faultList = h("ul.faults", { id: said.fault });
  const rows = pool(faultList, () => {
    const text = h("span");
    return { node: h("li", null, icon("violated"), text), text };
  });
  const wrong = h("p.wrong", { role: "status" });
  const help = spec.help && h("p.help", { id: said.help }, spec.help);
  const under = h("div.under", null, ends, faultList);
  const node = h("div.control", null, h("div.control-head", null, labelled, head), body, ends ? [under, help] : [help, under], wrong);
  const describedBy = [said.fault, said.help].filter(Boolean).join(" ");
  const faults = (items) => {
    attr(node, "class", items.length ? "control failing" : "control");
    rows(items, (row, item) => say(row.text, item.text));
  };
  return { node, faults, wrong, describedBy };
}

// A tick's text carries its unit ("13B", "62 %") or is a bare number that needs it.
const withUnit = (text, unit) => (!unit || /[^\d\s.,−-]/.test(text) ? text : `${text} ${unit}`);

function slider(id, label, describedBy, { min, max, step }, aimed) {
  const node = h("input", { type: "range", id, min, max, step, "aria-label": label, "aria-describedby": describedBy });
  const fill = () => node.style.setProperty("--at", String((node.value - min) / (max - min || 1)));
  let under = null; // the value under a pointer that may click there
  node.addEventListener("pointermove", (event) => {
    const share = (event.offsetX - THUMB / 2) / (node.offsetWidth - THUMB);
    const value = min + step * Math.round((Math.min(Math.max(share, 0), 1) * (max - min)) / step);
    if (event.buttons || value === under) return;
    under = value;
    aimed();
  });
  node.addEventListener("pointerleave", () => (under = null));
  return { node, fill, under: () => (under === null || under === Number(node.value) ? [] : [under]) };
}

function ends(low, high) {
  return h("div.ends", { "aria-hidden": "true" }, h("span", null, low), h("span", null, high));
}

// A slider over ticks: its own value is the index, settings carry the tick's value.
function stepped(spec, changed, aimed) {
  const { ticks } = spec;
  const texts = ticks.map((tick) => withUnit(tick.text, spec.unit));
  const id = uid("control");
  const pick = h("select.exact", { id: uid("exact") }, texts.map((text, index) => h("option", { value: index }, text)));
  const holder = h("div.slider");
  const base = shell(spec, h("label", { for: pick.id }, spec.label), pick, holder, ends(texts[0], texts.at(-1)));
  const range = slider(id, spec.label, base.describedBy, { min: 0, max: ticks.length - 1, step: 1 }, aimed);
  holder.append(range.node);
  range.node.style.setProperty("--steps", String(Math.max(ticks.length - 1, 1)));
  let index = 0;
  let way = 1;
  function place(to) {
    way = to < index ? -1 : 1;
    index = to;
    if (range.node.value !== String(to)) range.node.value = to;
    if (pick.selectedIndex !== to) pick.selectedIndex = to;
    attr(range.node, "aria-valuetext", texts[to]);
    range.fill();
  }
  const take = (event) => {
    place(Number(event.target.value));
    changed(event);
  };
  range.node.addEventListener("input", take);
  pick.addEventListener("input", take);
  return {
    id: spec.id, node: base.node, faults: base.faults,
    value: () => ticks[index].value,
    near: () => [...range.under().map((place) => ticks[place]), ...around(ticks, index, way)].map((tick) => tick.value),
    set: (value) => place(nearest(ticks, value)),
  };
}

// The items round a place, the nearest first; of two that are as near the one that lies ahead.
function around(items, at, way = 1) {
  const found = [];
  for (let far = 1; far < items.length && found.length < REACH; far++) {
    for (const place of [at + far * way, at - far * way]) if (items[place]) found.push(items[place]);
  }
  return found;
}

function nearest(ticks, value) {
  let best = 0;
  ticks.forEach((tick, i) => {
    if (Math.abs(tick.value - value) < Math.abs(ticks[best].value - value)) best = i;
  });
  return best;
}

// A slider and a number field over min … max.
function plain(spec, changed, aimed) {
  const { min, max, step = 1, unit = "" } = spec;
  const id = uid("control");
  const field = h("input.exact", { type: "number", id: uid("exact"), min, max, step, inputmode: "decimal" });
  const holder = h("div.slider");
  const base = shell(spec, h("label", { for: field.id }, spec.label), h("span.exact-unit", null, field, unit && h("span", null, unit)), holder,
    ends(withUnit(String(min), unit), withUnit(String(max), unit)));
  const range = slider(id, spec.label, base.describedBy, { min, max, step }, aimed);
  holder.append(range.node);
  let value = min;
  function place(to, typing) {
    value = to;
    if (Number(range.node.value) !== to) range.node.value = to;
    if (!typing && Number(field.value) !== to) field.value = to;
    attr(range.node, "aria-valuetext", withUnit(String(to), unit));
    complain(null);
    range.fill();
  }
  function complain(typed) {
    attr(field, "aria-invalid", typed !== null);
    say(base.wrong, typed === null ? "" : `${typed} is not possible here: ${min} to ${max} ${unit} in steps of ${step}. The last value stays.`);
  }
  range.node.addEventListener("input", (event) => {
    place(Number(range.node.value));
    changed(event);
  });
  field.addEventListener("input", (event) => {
    if (field.value === "" || !field.validity.valid) return;
    place(Number(field.value), true);
    changed(event);
  });
  field.addEventListener("change", () => {
    const bad = field.value === "" || !field.validity.valid;
    const typed = field.value || "An empty field";
    if (bad) field.value = value;
    complain(bad ? typed : null);
  });
  const near = () => [...range.under(), value + step, value - step].filter((one) => one >= min && one <= max);
  return { id: spec.id, node: base.node, faults: base.faults, value: () => value, near, set: (to) => place(Number(to)) };
}

function noteOf(spec) {
  const note = h("p.help");
  return { note, tell: (index) => say(note, spec.options[index]?.note ?? "") };
}

function list(spec, changed) {
  const pick = h("select.wide", { id: uid("control") }, spec.options.map((option, index) => h("option", { value: index }, option.text)));
  const { note, tell } = noteOf(spec);
  const base = shell(spec, h("label", { for: pick.id }, spec.label), null, h("div", null, pick, note));
  attr(pick, "aria-describedby", base.describedBy);
  const place = (index) => {
    pick.selectedIndex = index;
    tell(index);
  };
  pick.addEventListener("input", (event) => {
    tell(pick.selectedIndex);
    changed(event);
  });
  return { id: spec.id, node: base.node, faults: base.faults, value: () => spec.options[pick.selectedIndex].value, near: () => beside(spec, pick.selectedIndex), set: (value) => place(indexOf(spec, value)) };
}

function radios(spec, changed) {
  const [name, title] = [uid("choice"), uid("choice")];
  const { note, tell } = noteOf(spec);
  const inputs = spec.options.map((option, index) => h("input", { type: "radio", name, id: `${name}-${index}`, value: index }));
  const row = h("div.segments", { role: "radiogroup", "aria-labelledby": title },
    spec.options.map((option, index) => h("label", { for: inputs[index].id }, inputs[index], h("span", null, option.text))));
  const base = shell(spec, h("span.label", { id: title }, spec.label), null, h("div", null, row, note));
  attr(row, "aria-describedby", base.describedBy);
  let at = 0;
  const place = (index) => {
    at = index;
    inputs[index].checked = true;
    tell(index);
  };
  row.addEventListener("input", (event) => {
    place(Number(event.target.value));
    changed(event);
  });
  return { id: spec.id, node: base.node, faults: base.faults, value: () => spec.options[at].value, near: () => beside(spec, at), set: (value) => place(indexOf(spec, value)) };
}

const beside = ({ options }, at) => around(options, at).map((option) => option.value);

const indexOf = (spec, value) => Math.max(0, spec.options.findIndex((option) => option.value === value));

// All controls of an instrument; the drawer holds what the first view does not need. changed(event) follows each input event,
// taken() each time that the learner's focus or pointer comes to another control, or over another place of a slider.
export function controls(specs, changed, taken) {
  let hand = null; // the control in the learner's hand, or under the pointer that is about to take it
  const all = specs.map((spec) => {
    const one = control(spec, (event) => {
      hand = one;
      changed(event);
    }, () => {
      hand = one;
      taken();
    });
    const take = () => {
      if (hand === one) return;
      hand = one;
      taken();
    };
    one.node.addEventListener("focusin", take);
    one.node.addEventListener("pointerenter", take);
    return one;
  });
  const of = (drawer) => all.filter((_, i) => Boolean(specs[i].drawer) === drawer).map((one) => one.node);
  const more = of(true);
  const bears = h("span.bears");
  const drawer = h("details.drawer", { hidden: !more.length }, h("summary", null, "More settings", bears), more);
  const values = () => Object.fromEntries(all.map((one) => [one.id, one.value()]));
  const inDrawer = new Set(specs.filter((spec) => spec.drawer).map((spec) => spec.id));
  return {
    nodes: [...of(false), drawer],
    values,
    guesses: () => (hand ? hand.near().map((value) => ({ ...values(), [hand.id]: value })) : []),
    set(settings) {
      for (const one of all) if (settings?.[one.id] !== undefined) one.set(settings[one.id]);
    },
    // faults: [{ controls: [id], text }]. A closed drawer says that something in it bears on a broken limit.
    fault(faults) {
      for (const one of all) one.faults(faults.filter((fault) => fault.controls?.includes(one.id)));
      const inside = new Set(faults.flatMap((fault) => fault.controls ?? []).filter((id) => inDrawer.has(id)));
      say(bears, inside.size ? ` · ${inside.size} of them ${inside.size === 1 ? "bears" : "bear"} on a broken limit` : "");
    },
  };
}
