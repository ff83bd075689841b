// The ledger panel: the last events in words, growing while the learner acts; a file to take away, a file to bring back.
//
// It only asks: what an event means in words, whether it is chained, and what of a file is taken is the server's to say.

import { attr, clock, h, say, scroller, show, uid } from "./dom.js";
import { icon, setIcon } from "./icons.js";

const REST = 120; // ms: events come in groups, one look is enough for a group
const TOLD = 5; // refused lines shown

// page: { transport, lab, reload }, of a lab page or of the portal, whose lab is null. reload() is called when an import brought
// events that the page does not know. update() looks again: after every event that was stored.
export function ledgerPanel({ transport, lab, reload }) {
  const title = uid("ledger");
  const count = h("strong");
  const head = h("code");
  const summary = h("p.ledger-summary", null, count, " in your ledger", h("span.ledger-head", null, ", head of the chain ", head));
  const body = h("tbody");
  const rows = new Map(); // what an event says -> its row: made once, and again when an import gives it another number
  const known = new Set(); // ids that were shown
  const table = h("table.ledger-table", null, h("caption.sr", null, "The last events of your ledger, the newest last"),
    h("thead", null, h("tr", null, ["No.", "What happened", "Where", "Saved", "Hash", "Chained to"].map((name) => h("th", { scope: "col" }, name)))), body);
  const empty = h("p", null, "Nothing yet. The first event comes when you open a lab.");
  const trouble = h("p.form-message", { role: "status" });
  const carry = carrier({ transport, lab, done: update, reload });
  const node = h("section.ledger", { "aria-labelledby": title, id: "ledger" }, h("h2", { id: title, tabindex: -1 }, "Your ledger"),
    h("p.prose", null, "Every step is an event, added at the end and never changed. Each holds the hash of the one before it, so the chain shows it when a line is altered."),
    summary, empty, scroller(h("div.ledger-scroll", null, table), "The last events of your ledger"), trouble, carry);
  let timer = 0;
  let first = true;

  function update() {
    clearTimeout(timer);
    timer = setTimeout(look, REST);
  }

  async function look() {
    try {
      render(await transport.ledger());
      say(trouble, "");
    } catch (error) {
      say(trouble, `The ledger could not be read: ${error.message}`);
    }
  }

  function render({ events, head: tip, last }) {
    say(count, `${events.toLocaleString("en-GB")} ${events === 1 ? "event" : "events"}`);
    show(head.parentNode, Boolean(tip));
    say(head, tip?.hash.slice(0, 8));
    show(empty, events === 0);
    show(table.parentNode, events > 0);
    const keys = last.map((event) => JSON.stringify(event));
    for (const [key, row] of rows) if (!keys.includes(key)) rows.delete(key), row.remove();
    last.forEach((event, i) => {
      const made = rows.get(keys[i]);
      if (made) made.classList.remove("is-new");
      else rows.set(keys[i], line(event, !first && !known.has(event.id)));
      known.add(event.id);
      body.append(rows.get(keys[i]));
    });
    first = false;
  }

  show(table.parentNode, false);
  show(head.parentNode, false);
  show(empty, false);
  return { node, update };
}

function line({ number, what, where, at, hash, prev, first, chained }, fresh) {
  const link = chained ? [icon("ok"), h("span", null, first ? "nothing: the first" : h("code", null, prev))] : [icon("violated"), h("span", null, "broken: changed since")];
  return h(`tr${fresh ? ".is-new" : ""}`, null, h("td", null, String(number)), h("th", { scope: "row" }, what), h("td", null, where), h("td", null, clock(at)),
    h("td", null, h("code", null, hash)), h("td.ledger-link", null, link));
}

// --- there and back ---------------------------------------------------------------------------------------------------

function carrier({ transport, lab, done, reload }) {
  const file = h("input", { type: "file", id: uid("file"), accept: ".jsonl,.ndjson,application/x-ndjson" });
  const report = h("div.ledger-report", { role: "status" });
  const button = (words, act) => h("button.secondary", { type: "button", on: { click: (event) => guarded(event.currentTarget, act) } }, words);

  // A second press while the first is under way does nothing. The button keeps the focus, so it is never `disabled`.
  async function guarded(press, act) {
    if (press.getAttribute("aria-disabled")) return;
    attr(press, "aria-disabled", "true");
    try {
      await act();
    } catch (error) {
      tell("violated", [error.message]);
    }
    attr(press, "aria-disabled", null);
  }

  function tell(state, [words, ...more]) {
    const verdict = h("p.verdict", { class: `verdict is-${state === "ok" ? "ok" : "caution"}` }, icon("none"), h("span", null, words));
    setIcon(verdict.firstChild, state);
    report.replaceChildren(verdict, ...more);
  }

  async function take() {
    const { name, text } = await transport.exportLedger(lab);
    const address = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    const events = text.split("\n").filter(Boolean).length - 1;
    tell("ok", [`Exported: ${events} events, as the file ${name}.`]);
    done();
  }

  async function bring() {
    const [chosen] = file.files;
    if (!chosen) {
      tell("caution", ["Choose a file first: one that Export made, here or elsewhere."]);
      return;
    }
    const found = await transport.importLedger(lab, await chosen.text());
    tell(found.ok ? "ok" : "caution", told(chosen.name, found));
    done();
    if (found.added) reload();
  }

  return h("div.ledger-carry", null,
    h("div", null, h("h3", null, "Take it with you"), h("p.help", null, "One file of text, a line for each event. It opens in any editor."), h("p.commit", null, button("Export", take))),
    h("div", null, h("h3", null, "Bring it back"), h("p.help", null, "What is new is added, what is there already is counted, what contradicts the chain is refused and named."),
      h("p.ledger-file", null, h("label", { for: file.id }, "A file that was exported"), file), h("p.commit", null, button("Import", bring))),
    report);
}

// The report in words: the counts, then the reasons.
function told(name, { added, duplicate, refused, refused_count: count, complete, reason }) {
  const reasons = refused.slice(0, TOLD).map((one) => h("li", null, `Line ${one.line}: ${one.reason}.`));
  const rest = count - reasons.length;
  return [
    `${name}: ${added} new, ${duplicate} already there, ${count} refused.`,
    ...(complete ? [] : [h("p", null, `The file is not whole: ${reason}.`)]),
    ...(reasons.length ? [h("ul.ledger-reasons", null, reasons, rest > 0 && h("li", null, `and ${rest} more.`))] : []),
  ];
}
