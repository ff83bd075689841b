// What the offline site says of itself: a quiet line while the engine starts and runs, and a notice for each trouble, with what
// to do about it. Everything has its place above the page from the beginning, so nothing moves when the engine is there.

import { attr, h, say } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { storedLines } from "./keep-idb.js";
import { download, exported, today } from "./offline-site.js";

const PHASES = { runtime: "loading Python", code: "loading the labs", ledger: "reading your ledger" };
const READY = "The engine runs in this page. Your ledger is kept in this browser, and nowhere else: export it now and then.";
const REACH = { true: "This page works without a network. ", false: "This page needs the network each time: the address is not secure, or the browser keeps no copy of the site. " };
const TROUBLES = {
  absent: "This browser keeps nothing for this site (a private window, or storage is switched off). You can work through the lab; what you do is lost when this tab closes, unless you download it before.",
  blocked: "Another tab holds the ledger in an older form. Close the other tabs of this site, then reload this page.",
  newer: "A newer version of this site keeps the ledger now. Reload this page to get it.",
  cleared: "The storage of this site was cleared. Your ledger is only in the memory of this tab now. Download it, or write it back.",
  full: "The storage of this browser is full. New events stay in the memory of this tab, and each new one tries again to save them all. Make room on the disk, or download the ledger.",
  forked: "The browser keeps other events in the place of some of this tab's. Download the ledger of this tab before you reload the page.",
  failed: "The browser could not save. The ledger stays in the memory of this tab: download it before you close the tab.",
};

// before: the element that the line stands in front of. engine() answers { call } once there is one.
export function statusBoard(before, engine) {
  const mark = icon("none");
  const words = h("span");
  const line = h("p.offline-line", { role: "status" }, mark, words);
  const notices = h("div.offline-notices", { role: "alert" });
  before.before(h("div.offline", { id: "offline" }, line, notices));
  const shown = new Map(); // code -> its notice
  let reach = null; // whether the browser keeps the site; null until that is known
  let state = "starting"; // "ready", "failed"
  let troubled = null; // what the browser does not keep
  const known = Boolean(navigator.serviceWorker?.controller);
  const { megabytes } = document.documentElement.dataset;

  function notice(code, level, text, ...actions) {
    clear(code);
    const told = h("p.help", { role: "status" });
    const press = (act) => async () => {
      say(told, "");
      try {
        say(told, (await act()) ?? "");
      } catch (error) {
        say(told, `That did not work: ${error.message}`);
      }
    };
    const buttons = actions.map(([name, act]) => h("button.secondary", { type: "button", on: { click: press(act) } }, name));
    const node = h("div", { class: `notice is-${level}`, "data-code": code }, icon({ error: "violated", warning: "caution" }[level] ?? "info"),
      h("div", null, h("p", null, text), buttons.length > 0 && h("p.offline-actions", null, buttons), told));
    shown.set(code, node);
    notices.append(node);
  }

  function clear(code) {
    shown.get(code)?.remove();
    shown.delete(code);
  }

  function tell(text, look) {
    say(words, text);
    attr(line, "class", `offline-line is-${look}`);
    setIcon(mark, { ready: "done", failed: "violated", unsaved: "caution" }[look] ?? "none");
  }

  // The ledger of this tab, from the engine's memory.
  async function takeMemory() {
    const { answer } = await engine().call("exportLedger", [null]);
    download(answer.name, answer.text);
    return `Downloaded: ${answer.text.split("\n").filter(Boolean).length - 1} events.`;
  }

  // The same from the browser's storage, where no engine runs.
  async function takeStored() {
    const lines = await storedLines();
    download(`ironlaw-ledger-${today()}.jsonl`, await exported(lines));
    return `Downloaded: ${lines.length} events.`;
  }

  async function takeAside() {
    const rows = await engine().call("asideRecords", []);
    download(`ironlaw-damaged-${today()}.jsonl`, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return `Downloaded: ${rows.length} lines.`;
  }

  async function writeBack() {
    const count = await engine().call("writeBack", []);
    tell(`Written back: ${count} ${count === 1 ? "event" : "events"}. ${READY}`, "ready");
  }

  function standing() {
    if (!troubled) return tell(`${REACH[reach] ?? ""}${READY}`, "ready");
    const { unsaved: count } = troubled;
    tell(count ? `Not saved: ${count} ${count === 1 ? "event is" : "events are"} only in the memory of this tab.` : "Nothing can be saved in this browser now.", "unsaved");
  }

  const board = {
    phase(name) {
      const size = megabytes && !known ? ` (${megabytes} MB, once)` : "";
      tell(`The engine is starting${size}: ${PHASES[name]} …`, "starting");
    },
    ready() {
      state = "ready";
      standing();
    },
    offline(now) {
      reach = now;
      if (state === "ready") standing();
    },
    failed(reason) {
      const began = state === "ready" ? "The engine stopped" : "The engine could not be started";
      state = "failed";
      tell("The engine does not run.", "failed");
      notice("failed", "error", `${began}: ${reason}. The text can be read; the instruments stay still. Reload the page with the network on, close other tabs if memory is short, or try another browser. What was saved is kept.`,
        ["Reload", async () => location.reload()], ["Download the ledger", takeStored]);
    },
    trouble(now) {
      troubled = now;
      if (now || state === "ready") standing();
      for (const code of Object.keys(TROUBLES)) if (code !== now?.code) clear(code);
      if (!now) return;
      if (shown.has(now.code)) return;
      const back = now.code === "cleared" ? [["Write it back", writeBack]] : [];
      notice(now.code, "error", `Not saved. ${TROUBLES[now.code]} (${now.reason})`, ["Download the ledger", takeMemory], ...back);
    },
    aside(count) {
      notice("aside", "warning", `${count} damaged ${count === 1 ? "line" : "lines"} of the ledger ${count === 1 ? "was" : "were"} set aside in this browser. The chain goes on after the last sound one.`, ["Download the damaged lines", takeAside]);
    },
    update: (act) => notice("update", "info", "A new version of this site is ready.", ["Reload", act]),
  };
  board.phase("runtime");
  return board;
}
