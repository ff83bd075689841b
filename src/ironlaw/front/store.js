// What this browser keeps for the learner: unsent intents and unsent text.
//
// Decision: one localStorage key for each thing, never one list under one key, so that two tabs cannot overwrite each other.
// Where the browser refuses storage (private mode, full disk, policy) memory stands in and `durable` is false: the page says so.

// room: put before every key, for a host whose origin serves pages of other ledgers too.
export function keeper(storage = browserStorage(), room = "") {
  const memory = new Map();
  const keeper = {
    room,
    durable: storage !== null,
    set(name, value) {
      const key = room + name;
      const text = JSON.stringify(value);
      memory.set(key, text);
      try {
        if (storage) storage.setItem(key, text);
      } catch {
        keeper.durable = false; // full or forbidden: memory holds it, and the page says that it must stay open
      }
    },
    get(name) {
      const key = room + name;
      // Another tab may have removed the key since: storage, while it works, is right.
      const text = keeper.durable ? storage.getItem(key) : (memory.get(key) ?? storage?.getItem(key));
      try {
        return text ? JSON.parse(text) : null;
      } catch {
        return null; // not ours, or cut off by a crash: nothing that could be sent
      }
    },
    remove(name) {
      const key = room + name;
      memory.delete(key);
      if (storage) storage.removeItem(key);
    },
    keys(prefix) {
      const all = new Set(keeper.durable ? [] : memory.keys());
      for (let i = 0; storage && i < storage.length; i++) all.add(storage.key(i));
      return [...all].filter((key) => key.startsWith(room + prefix)).map((key) => key.slice(room.length)).sort();
    },
  };
  return keeper;
}

export function browserStorage() {
  try {
    const probe = "ironlaw:probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return null;
  }
}

let lastTime = 0;
let lastCount = 0;

// A UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 bits that count within one, 62 random bits. Ids of one tab sort in
// the order in which they were made, so the sorted keys are the sending order.
export function uuid7(now = Date.now()) {
  if (now > lastTime) [lastTime, lastCount] = [now, 0];
  else if (++lastCount > 0xfff) [lastTime, lastCount] = [lastTime + 1, 0]; // the clock stood still or went back
  const random = crypto.getRandomValues(new Uint8Array(8));
  random[0] = (random[0] & 0x3f) | 0x80;
  const tail = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const head = lastTime.toString(16).padStart(12, "0");
  const count = lastCount.toString(16).padStart(3, "0");
  return `${head.slice(0, 8)}-${head.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
