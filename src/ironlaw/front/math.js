// Math Peek: each equation as it is run, and again with the learner's own numbers.

import { h, pool, say, scroller, setHtml } from "./dom.js";

export function mathPeek(page, act) {
  const list = h("div.equations");
  const node = h("details.math", null, h("summary", null, "Show the equations with your numbers"), list);
  const all = pool(list, equation);
  const update = ({ math }) => all(math ?? [], (one, spec) => one.patch(spec));
  update(act);
  return { node, update };
}

function equation() {
  const [title, plain, filled, note, source] = [h("h4"), h("div.math-line"), h("div.math-line.filled"), h("div.prose"), h("p.source")];
  const body = h("tbody");
  const table = scroller(h("div"), "Legend");
  table.append(h("table.legend-table", null, h("thead", null, h("tr", null, ["Symbol", "Meaning", "Your value"].map((name) => h("th", { scope: "col" }, name)))), body));
  const rows = pool(body, () => {
    const cells = [h("td"), h("td"), h("td")];
    return { node: h("tr", null, cells), cells };
  });
  const node = h("section.equation", null, title, scroller(plain, "Equation"), scroller(filled, "Equation with your numbers"), table, note, source);
  const patch = (spec) => {
    say(title, spec.title);
    setHtml(plain, spec.mathml);
    setHtml(filled, spec.filled_mathml);
    setHtml(note, spec.note_html);
    say(source, spec.source ? `Source: ${spec.source}` : "");
    rows(spec.legend ?? [], ({ cells }, entry) => {
      setHtml(cells[0], entry.symbol_mathml);
      say(cells[1], entry.meaning);
      say(cells[2], entry.value ?? "");
    });
  };
  return { node, patch };
}
