// Python in this worker: the runtime, our code, and a memory of both so that the next visit need not start from nothing.
//
// Starting Python takes most of the time until the first live instrument. So what its memory holds after the imports is kept in a
// database of this browser and loaded the next time; where that does not work, Python starts as it did the first time.

const HOME = "/home/pyodide/app";
const NAME = "ironlaw-engine";
const BLOCK = 512; // bytes, of a tar file
const runtime = new URL("../runtime/", import.meta.url).href;

// stamp: what the runtime and our code are, "" where nothing may be kept; lab: the one to have ready, or null; phase(name) tells
// how far the start has come. Answers { python, keep }: keep() stores the memory, when there is time for it.
export async function boot(stamp, lab, phase) {
  const missing = watchLoads();
  return Promise.race([missing, started(stamp, lab, phase)]);
}

async function started(stamp, lab, phase) {
  const packed = fetch(`${runtime}ironlaw.pack`).then((response) => response.arrayBuffer());
  const loading = packed.then(unzipped);
  loading.catch(() => {}); // awaited below
  const naming = packed.then((bytes) => keyOf(stamp, bytes));
  const kept = naming.then((key) => key && recalled(key));
  kept.catch(() => {}); // as above
  const { loadPyodide } = await import(`${runtime}pyodide.mjs`);
  const options = { indexURL: runtime, packageBaseUrl: runtime };
  const [key, memory] = [await naming, await kept];
  if (memory) {
    try {
      const python = await loadPyodide({ ...options, _loadSnapshot: memory.bytes });
      phase("code");
      unpack(python.FS, await loading);
      return { python, keep: async () => {} };
    } catch {
      await forgotten(); // of another build, or cut off: it is made anew
    }
  }
  const python = await loadPyodide({ ...options, _makeSnapshot: Boolean(key) });
  phase("code");
  unpack(python.FS, await loading);
  python.runPython(`import sys; sys.path.insert(0, "${HOME}")\n${REHEARSAL}`);
  python.runPython(`rehearse(${lab ? JSON.stringify(lab) : "None"}); del rehearse`);
  const made = key ? copied(python) : null;
  return { python, keep: async () => made && remembered(key, made) };
}

// What the first calls of a page import and read, done once over an empty ledger that is thrown away: so it is in the memory that
// is kept, and costs no more than doing it later.
const REHEARSAL = `
def rehearse(lab):
    import gc, json
    from ironlaw import labs
    from ironlaw.labkit.evaluate import evaluate, result
    from ironlaw.ledger import uuid7
    from ironlaw.offline.local import Local

    local = Local(uuid7())
    local.load("[]")
    local.call("labs", "[]")
    if lab in labs.built():
        local.call("intent", json.dumps([lab, {"id": uuid7(), "kind": "opened", "payload": {}}]))
        local.call("document", json.dumps([lab]))
        for act in labs.load(lab).acts:
            result(evaluate(act, act.start()))
    local.close()
    gc.collect()
`;

function copied(python) {
  try {
    return python.makeMemorySnapshot();
  } catch {
    return null; // a convenience of this version of the runtime; nothing depends on it
  }
}

// --- our code ---------------------------------------------------------------------------------------------------------

async function unzipped(bytes) {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

// Under what the memory is kept: what the page says of the engine, and the code that was really loaded, for the two may be of
// different versions where a browser's cache is in between. "" where nothing may be kept.
async function keyOf(stamp, bytes) {
  if (!stamp || !crypto.subtle) return "";
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${stamp} ${[...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// The plain files of a tar: the name in the first 100 bytes after an optional prefix, the size in octal digits at 124.
function unpack(files, tar) {
  const text = (from, length) => new TextDecoder().decode(tar.subarray(from, from + length)).split("\0")[0];
  const known = new Set();
  for (let at = 0; tar[at]; ) {
    const [prefix, size] = [text(at + 345, 155), Number.parseInt(text(at + 124, 12), 8)];
    const path = `${HOME}/${prefix ? `${prefix}/` : ""}${text(at, 100)}`;
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!known.has(folder)) files.mkdirTree(folder);
    known.add(folder);
    files.writeFile(path, tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

// --- loads that fail --------------------------------------------------------------------------------------------------

// The runtime swallows a file that is missing and waits for ever. So each load is watched: the promise rejects at the first that
// fails. A host that gives WebAssembly another type than its own is no obstacle.
function watchLoads() {
  const plain = self.fetch;
  const streaming = WebAssembly.instantiateStreaming;
  return new Promise((_, reject) => {
    const fail = (address, why) => reject(new Error(`${String(address).split("/").at(-1)} could not be loaded (${why})`));
    self.fetch = async (address, ...rest) => {
      try {
        const response = await plain(address, ...rest);
        if (!response.ok) fail(address, response.status);
        return response;
      } catch (error) {
        fail(address, error.message);
        throw error;
      }
    };
    WebAssembly.instantiateStreaming = async (response, imports) => {
      try {
        const answer = await response;
        if (answer.headers.get("Content-Type")?.startsWith("application/wasm")) return await streaming.call(WebAssembly, answer, imports);
        return await WebAssembly.instantiate(await answer.arrayBuffer(), imports);
      } catch (error) {
        reject(error);
        throw error;
      }
    };
  });
}

// --- the memory of the last start -------------------------------------------------------------------------------------

// Everything here is a convenience: whatever goes wrong, the engine starts without it.
function drawer(work) {
  return new Promise((resolve) => {
    const request = indexedDB.open(NAME, 1);
    const nothing = () => resolve(null);
    request.onupgradeneeded = () => request.result.createObjectStore("memory");
    request.onerror = nothing;
    request.onblocked = nothing;
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => database.close();
      try {
        const part = database.transaction("memory", "readwrite"); // one after another: a read waits for what is being kept
        const asked = work(part.objectStore("memory"));
        const end = () => {
          database.close();
          resolve(asked.readyState === "done" && !asked.error ? asked.result : null);
        };
        part.oncomplete = end;
        part.onabort = end;
      } catch {
        database.close();
        nothing();
      }
    };
  }).catch(() => null);
}

// Whether there is one is known at once; its bytes come while the runtime loads.
async function recalled(key) {
  const there = await drawer((store) => store.getKey(key));
  return there === key ? { bytes: drawer((store) => store.get(key)) } : null;
}

const remembered = (key, bytes) => drawer((store) => store.clear() && store.put(bytes, key));
export const forgotten = () => drawer((store) => store.clear());
