// The entry of a number with its interval: low, best guess, high, in the question's unit. What is wrong is said before it is sent;
// the server checks the same.

import { h, say, uid } from "./dom.js";

// entry: { unit, per, scale, low, high, widest, coverage, text } of the document; values are SI, one unit is `per`.
export function intervalSet({ name, entry }) {
  const { per, unit, scale } = entry;
  const fields = ["low", "value", "high"].map((key) => {
    const input = h("input.number", { type: "number", step: "any", inputmode: "decimal", id: uid(key), autocomplete: "off" });
    const label = { low: "Low", value: "Best guess", high: "High" }[key];
    return { key, input, node: h("div.entry", null, h("label", { for: input.id }, label), h("span.exact-unit", null, input, unit && h("span", null, unit))) };
  });
  const help = h("p.help", { id: uid("entry") }, `Choose low and high so that you are ${entry.coverage} sure that the value lies between them. Allowed: ${entry.text}.`);
  const spread = h("p.help", { role: "status" });
  const legend = h("p.legend-line", { id: uid("entry") }, "Your number and its interval");
  const node = h("div.interval", null, legend,
    h("div.entries", { role: "group", "aria-labelledby": legend.id, "aria-describedby": help.id }, fields.map((field) => field.node)), spread, help);
  node.addEventListener("input", tell);

  const read = (field) => (field.input.value.trim() === "" ? NaN : Number(field.input.value) * per);
  const shown = (value) => Number((value / per).toPrecision(6));

  function tell() {
    const [low, , high] = fields.map(read);
    const known = low > 0 && high > low;
    say(spread, !known ? "" : scale === "log" ? `High is ${Number((high / low).toPrecision(2))} times low.` : `The interval is ${shown(high - low)} ${unit} wide.`);
  }

  // The first thing that is wrong, in words; empty when nothing is.
  function wrong() {
    const [low, best, high] = fields.map(read);
    if ([low, best, high].some(Number.isNaN)) return "Fill in low, best guess and high.";
    if ([low, best, high].some((one) => one < entry.low || one > entry.high)) return `All three must lie between ${entry.text}.`;
    if (!(low <= best && best <= high && low < high)) return "The best guess lies between low and high, and low is below high.";
    const wide = scale === "log" ? high / low : high - low;
    if (wide <= entry.widest * (1 + 1e-9)) return "";
    const most = scale === "log" ? `at most ${entry.widest} times low` : `at most ${shown(entry.widest)} ${unit} above low`;
    return `An interval this wide says nothing: high may be ${most}.`;
  }

  return {
    name, node,
    get missing() {
      return wrong();
    },
    value: () => (wrong() ? undefined : Object.fromEntries(fields.map((field) => [field.key, read(field)]))),
    set: (values) => {
      for (const { key, input } of fields) if (typeof values?.[key] === "number") input.value = shown(values[key]);
      tell();
    },
    focus: () => (fields.find((field) => Number.isNaN(read(field))) ?? fields[0]).input.focus(),
  };
}
