// A whole design space counted while the learner watches: part after part, the counts add up, and the engine draws the sum.

import { h, say, setHtml, show } from "./dom.js";
import { figure } from "./figure.js";

// spec: { title, html, parts, designs } of the document; ask(body) answers { counts } for { part } and { figures } for { totals }.
export function sweepPanel(spec, ask) {
  const about = h("div.prose");
  setHtml(about, spec.html);
  const bar = h("progress", { max: spec.parts, value: 0, hidden: true, "aria-label": "Designs searched" });
  const words = h("p.sweep-words", { role: "status" });
  const button = h("button.secondary", { type: "button", on: { click: run } }, `Search all ${spec.designs.toLocaleString("en")} designs`);
  const drawn = h("div.figures");
  const node = h("div.sweep", null, h("h4", null, spec.title), about, h("p.commit", null, button), bar, words, drawn);
  const made = new Map();
  let turn = 0;

  async function run() {
    const mine = ++turn;
    const totals = {};
    button.disabled = true;
    show(bar, true);
    try {
      for (let part = 0; part < spec.parts; part++) {
        const { counts } = await ask({ part });
        if (mine !== turn) return; // another deployment was chosen meanwhile
        for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
        bar.value = part + 1;
        say(words, `${totals.designs.toLocaleString("en")} designs searched, ${totals.feasible.toLocaleString("en")} of them feasible.`);
      }
      draw((await ask({ totals })).figures);
    } catch (error) {
      say(words, `The search stopped: ${error.message} Nothing is lost; start it again.`);
    }
    button.disabled = false;
    show(bar, false);
  }

  function draw(figures) {
    show(drawn, true);
    for (const one of figures) {
      if (made.has(one.id)) made.get(one.id).update(one);
      else {
        made.set(one.id, figure(one));
        drawn.append(made.get(one.id).node);
      }
    }
  }

  // The counts of one deployment say nothing about another.
  function clear() {
    turn++;
    button.disabled = false;
    show(bar, false);
    show(drawn, false);
    say(words, "");
  }

  return { node, clear };
}
