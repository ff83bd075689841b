// The ledger in IndexedDB: the lines of the hash chain as they are, never rewritten.
//
// events  { device, seq, id, n, text }: text is the canonical JSON of an event, letter by letter. It is never parsed here: a float
//         that passes through JavaScript comes back in another spelling (1.0 as 1), and its hash would not fit any more.
//         n counts the transactions that added something, so what another tab added is found without reading the rest.
// meta    device (this browser's chain; a new one after damage), serial (the last n)
// aside   damaged lines: { at, code, reason, device, seq, text }, and the notices about them
//
// One write is one transaction with strict durability, and counts when it is complete. Records are added, never put: where two
// tabs meet, the second one gets a ConstraintError, nothing of it is stored, and it begins anew from what the first one wrote.

import { uuid7 } from "./store.js";

const NAME = "ironlaw";
const VERSION = 1;
const BLOCKED = 4000; // ms that older tabs have to let go of the database
const STRICT = { durability: "strict" };

// Why the browser does not keep the ledger: absent, blocked, newer, cleared, full, failed.
export class Trouble extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// lost(trouble) is called once when the browser takes an open ledger away.
export async function openLedger(lost = () => {}) {
  const database = await open();
  const part = (stores, mode = "readonly") => {
    try {
      return database.transaction(stores, mode, mode === "readonly" ? {} : STRICT);
    } catch (error) {
      throw trouble(error);
    }
  };
  let known = 0; // the serial up to which the caller has all records
  let gone = null;
  const lose = (code, message) => {
    if (gone) return;
    gone = new Trouble(code, message);
    database.close();
    lost(gone);
  };
  database.onclose = () => lose("cleared", "the browser has taken the storage away");
  database.onversionchange = ({ newVersion }) =>
    newVersion === null ? lose("cleared", "the database was deleted") : lose("newer", "a newer version of this site changes it");

  // This browser's chain: claimed by whichever tab comes first.
  async function claim() {
    const work = part(["meta"], "readwrite");
    const meta = work.objectStore("meta");
    const device = (await asked(meta.get("device"))) ?? uuid7();
    meta.put(device, "device");
    if ((await asked(meta.get("serial"))) === undefined) meta.put(0, "serial");
    await completed(work);
  }

  async function look(meta) {
    const [device, serial] = await Promise.all([asked(meta.get("device")), asked(meta.get("serial"))]);
    if (serial !== undefined && serial >= known) return { device, serial };
    lose("cleared", "its records are not there any more");
    throw gone;
  }

  // { device, records }: whose chain is continued now, and the records that the caller does not have; `all` begins anew.
  async function fresh({ all = false } = {}) {
    if (gone) throw gone;
    if (all) known = 0;
    const work = part(["meta", "events"]);
    const { device, serial } = await look(work.objectStore("meta"));
    if (serial === known) return { device, records: [] };
    const records = await asked(work.objectStore("events").index("n").getAll(IDBKeyRange.lowerBound(known, true)));
    known = serial;
    return { device, records };
  }

  // True when all are stored; false when another tab was first, and then nothing of it is.
  async function add(owner, records) {
    if (gone) throw gone;
    const work = part(["meta", "events"], "readwrite");
    const done = completed(work);
    done.catch(() => {}); // awaited below; a request may tell first
    const meta = work.objectStore("meta");
    const { device, serial } = await look(meta);
    if (serial !== known || device !== owner) return false; // nothing was asked to be written: the transaction ends by itself
    const n = serial + 1;
    const events = work.objectStore("events");
    try {
      for (const { device: chain, seq, id, text } of records) events.add({ device: chain, seq, id, n, text });
      meta.put(n, "serial");
    } catch (error) {
      work.abort(); // all or nothing
      throw trouble(error);
    }
    try {
      await done;
    } catch (error) {
      if (error.name === "ConstraintError") return false;
      throw gone ?? error;
    }
    known = n;
    return true;
  }

  // Moves damaged lines out of the chain; what comes goes into the chain of a new device. rows: [{ record, code, reason }];
  // notices: what the learner is told from now on.
  async function setAside(rows, notices, device) {
    const work = part(["events", "aside", "meta"], "readwrite");
    work.objectStore("meta").put(device, "device");
    const at = new Date().toISOString();
    for (const { record, code, reason } of rows) {
      work.objectStore("aside").add({ at, code, reason, device: record.device, seq: record.seq, text: record.text });
      work.objectStore("events").delete([record.device, record.seq]);
    }
    for (const notice of notices) work.objectStore("aside").add({ at, notice });
    await completed(work);
  }

  async function aside() {
    const all = await asked(part(["aside"]).objectStore("aside").getAll());
    return { rows: all.filter((one) => !one.notice), notices: all.filter((one) => one.notice).map((one) => one.notice) };
  }

  await claim();
  return { fresh, add, setAside, aside, close: () => database.close() };
}

// All lines as they are, in the order of their chains: for a download where no engine runs.
export async function storedLines() {
  const database = await open();
  try {
    const rows = await asked(database.transaction(["events"]).objectStore("events").getAll());
    return rows.map((row) => row.text);
  } finally {
    database.close();
  }
}

// --- requests as promises ---------------------------------------------------------------------------------------------

function open() {
  return new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) throw new Trouble("absent", "this browser has no IndexedDB here");
    const request = indexedDB.open(NAME, VERSION);
    let late = 0;
    request.onupgradeneeded = () => make(request.result);
    request.onblocked = () => (late = setTimeout(reject, BLOCKED, new Trouble("blocked", "another tab keeps it open in an older form")));
    request.onsuccess = () => {
      clearTimeout(late);
      resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(late);
      reject(trouble(request.error, "absent"));
    };
  }).catch((error) => {
    throw trouble(error, "absent");
  });
}

function make(database) {
  const events = database.createObjectStore("events", { keyPath: ["device", "seq"] });
  events.createIndex("id", ["device", "id"], { unique: true });
  events.createIndex("n", "n");
  database.createObjectStore("meta");
  database.createObjectStore("aside", { autoIncrement: true });
}

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(trouble(request.error));
  });

const completed = (work) =>
  new Promise((resolve, reject) => {
    work.oncomplete = () => resolve();
    work.onabort = () => reject(work.error?.name === "ConstraintError" ? work.error : trouble(work.error));
  });

function trouble(error, otherwise = "failed") {
  if (error instanceof Trouble) return error;
  const code = { QuotaExceededError: "full", VersionError: "newer", InvalidStateError: "cleared" }[error?.name] ?? otherwise;
  return new Trouble(code, error?.message || String(error?.name ?? "the browser ended the write"));
}
