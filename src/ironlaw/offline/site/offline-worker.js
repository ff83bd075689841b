// The engine of the offline site: Python in a worker of the page, over the ledger that the browser keeps.
//
// In:  { id, method, args }: a call of docs/reference/document.md, or asideRecords, writeBack.
// Out: { id, text } with the JSON of its answer, or { id, error };
//      { phase } while it starts, { trouble: { code, reason, unsaved } | null } when what the browser keeps changes,
//      { aside: n } when damaged lines were set aside, { news: true } when another tab added events, { failed: reason }.
//
// Calls run one after another. An answer that says "saved" is given only after the transaction that keeps it is complete. Where
// the browser cannot keep it, the ledger stays in this worker's memory, and the page says so.

import { boot } from "./offline-boot.js";
import { openLedger, Trouble } from "./keep-idb.js";
import { uuid7 } from "./store.js";

const NO_LOOK = new Set(["evaluate", "sweep"]); // they read no other tab's events
const WRITES = new Set(["intent", "importLedger", "exportLedger"]); // they may add events
const LOCK = "ironlaw:ledger";
const TRIES = 20;
const REST = 3000; // ms after the start before the engine's memory is stored

const asked = new URL(import.meta.url).searchParams;
const channel = globalThis.BroadcastChannel ? new BroadcastChannel(LOCK) : null;
let Local = null; // Python's class
let local = null;
let owner = uuid7(); // the device whose chain is continued
let ledger = null; // null while nothing is kept
let trouble = null;
let unsaved = []; // records that memory has and the browser has not
let turn = Promise.resolve();

const started = start();
started.catch((error) => postMessage({ failed: error.message }));

onmessage = ({ data: { id, method, args } }) => {
  turn = turn.then(async () => {
    try {
      await started;
      postMessage({ id, text: await answer(method, args) });
    } catch (error) {
      postMessage({ id, error: error.message });
      if (error instanceof WebAssembly.RuntimeError) postMessage({ failed: error.message }); // no call will be answered any more
    }
  });
};
if (channel) channel.onmessage = () => (turn = turn.then(() => started).then(listen).catch(() => {}));

// --- the start --------------------------------------------------------------------------------------------------------

async function start() {
  const opening = openLedger(lost).catch((error) => {
    if (!(error instanceof Trouble)) throw error;
    lost(error);
    return null;
  });
  opening.catch(() => {}); // awaited below
  const { python, keep } = await boot(asked.get("engine") ?? "", asked.get("lab"), (phase) => postMessage({ phase }));
  postMessage({ phase: "ledger" });
  Local = python.runPython("from ironlaw.offline.local import Local\nLocal");
  local = Local(owner);
  ledger = await opening;
  if (ledger) await alone(() => guarded(anew));
  postMessage({ phase: "ready" });
  setTimeout(() => keep().catch(() => {}), REST);
}

// --- calls ------------------------------------------------------------------------------------------------------------

async function answer(method, args) {
  if (method === "asideRecords") return JSON.stringify(await asideRecords());
  if (method === "writeBack") return JSON.stringify(await alone(restore));
  if (NO_LOOK.has(method)) return local.call(method, JSON.stringify(args));
  if (!WRITES.has(method)) {
    await guarded(feed);
    return local.call(method, JSON.stringify(args));
  }
  return alone(() => write(method, args));
}

const alone = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

// Runs the call over what all tabs have written so far, and again if one was faster.
async function write(method, args) {
  for (let tries = 0; tries < TRIES; tries++) {
    await guarded(feed);
    const text = local.call(method, JSON.stringify(args));
    const { records } = JSON.parse(text);
    if (!records.length || (await stored(records))) {
      local.kept();
      return text;
    }
    local.forget();
  }
  throw new Error("other tabs write to the ledger all the time");
}

// False when another tab was first. Records that the browser cannot keep stay in memory, and are tried again with the next ones.
async function stored(records) {
  if (!ledger && trouble.code === "full" && (await restore().then(() => true, () => false))) return true; // room again
  if (!ledger) {
    unsaved.push(...records);
    tell();
    return true;
  }
  try {
    const done = await ledger.add(owner, [...unsaved, ...records]);
    if (!done && !unsaved.length) return false;
    if (!done) throw new Trouble("forked", "another tab went on from the same place");
    if (trouble) settled();
    channel?.postMessage("added");
  } catch (error) {
    unsaved.push(...records);
    lost(error instanceof Trouble ? error : new Trouble("failed", error.message));
  }
  return true;
}

// What other tabs added. True when something came.
async function feed() {
  const { device, records } = await ledger.fresh();
  if (device === owner) return take(records);
  if (unsaved.length) throw new Trouble("forked", "another tab found damage, and went on in a new chain");
  return anew();
}

// Memory from what the browser keeps, from the beginning.
async function anew() {
  const { device, records } = await ledger.fresh({ all: true });
  const { rows, notices } = await ledger.aside();
  local.close();
  owner = device;
  local = Local(owner);
  local.load("[]", JSON.stringify(notices));
  if (rows.length) postMessage({ aside: rows.length });
  return take(records);
}

// Into memory; the lines that do not fit their chain are set aside.
async function take(records) {
  if (!records.length) return false;
  const found = JSON.parse(local.load(JSON.stringify(records.map(({ text }) => String(text))), "[]"));
  if (found.aside.length) {
    owner = found.device;
    await ledger.setAside(found.aside.map(({ index, code, reason }) => ({ record: records[index], code, reason })), found.notices, owner);
    postMessage({ aside: (await ledger.aside()).rows.length });
  }
  return true;
}

async function listen() {
  if (await guarded(feed)) postMessage({ news: true });
}

// --- what the browser does not keep -----------------------------------------------------------------------------------

// A look at the kept ledger; where it fails, memory goes on alone.
async function guarded(work) {
  if (!ledger) return false;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    lost(error);
    return false;
  }
}

function lost(now) {
  trouble = now;
  if (now.code !== "full") ledger = null; // a full disk may have room again: the next write tries
  tell();
}

function tell() {
  postMessage({ trouble: trouble && { code: trouble.code, reason: trouble.message, unsaved: unsaved.length } });
}

function settled() {
  trouble = null;
  unsaved = [];
  tell();
}

async function asideRecords() {
  return ledger ? (await ledger.aside()).rows : [];
}

// After the storage was cleared: all that memory holds becomes the browser's again. Answers the number of events.
async function restore() {
  const again = await openLedger(lost);
  const { device, records } = await again.fresh();
  const place = ({ device: chain, seq }) => `${chain} ${seq}`;
  const taken = new Set(records.map(place));
  const missing = JSON.parse(local.stored()).filter((record) => !taken.has(place(record)));
  if (missing.length && !(await again.add(device, missing))) throw new Trouble("forked", "another tab writes at the same time");
  ledger = again;
  await anew(); // beside it, what other tabs have begun since
  settled();
  channel?.postMessage("added");
  return missing.length;
}
