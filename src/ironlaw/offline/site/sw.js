// The service worker of the offline site: keeps every file of one version, and serves them without a network.
//
// The list with the hashes is site.json. A file whose hash the last version had is taken from there. A version is whole or not
// there at all: the install fails when one file does not fit. Other origins, and other sites on this one, are not touched.

const VERSION = "";
const MINE = `ironlaw ${registration.scope} `;
const CACHE = MINE + VERSION;
const AT_ONCE = 4; // downloads

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", ({ data }) => data === "take over" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method === "GET" && address.href.startsWith(registration.scope)) event.respondWith(answer(event.request, address));
});

const at = (path) => new URL(path, registration.scope).href;
const sri = (hex) => `sha256-${btoa(String.fromCharCode(...hex.match(/../g).map((byte) => Number.parseInt(byte, 16))))}`;

async function install() {
  const response = await fetch(at("site.json"), { cache: "no-store" });
  const site = await response.clone().json();
  if (site.version !== VERSION) throw new Error("the host holds two versions at once"); // the browser tries again later
  const cache = await caches.open(CACHE);
  const old = await kept();
  const todo = [...site.files];
  const one = async () => {
    for (let file = todo.pop(); file; file = todo.pop()) await cache.put(at(file.path), direct((await old(file)) ?? (await fetched(file))));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  await cache.put(at("site.json"), response);
}

// A browser takes no redirected answer for a page, and some hosts send …/index.html on to …/.
const direct = (answer) => (answer.redirected ? new Response(answer.body, { status: answer.status, headers: answer.headers }) : answer);

// What the browser has already, if it is the right one.
async function fetched({ path, sha256 }) {
  const options = { integrity: sri(sha256) };
  return fetch(at(path), options).catch(() => fetch(at(path), { ...options, cache: "reload" }));
}

// Answers a function that finds a file in the cache of another version, by its hash.
async function kept() {
  const known = new Map();
  for (const name of await caches.keys()) {
    if (!name.startsWith(MINE) || name === CACHE) continue;
    const cache = await caches.open(name);
    const site = await (await cache.match(at("site.json")))?.json();
    for (const { path, sha256 } of site?.files ?? []) known.set(sha256, () => cache.match(at(path)));
  }
  return async ({ sha256 }) => known.get(sha256)?.();
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith(MINE) && name !== CACHE) await caches.delete(name);
}

// A folder is its index.html; without the slash at its end, relative addresses would lead elsewhere.
async function answer(request, address) {
  const cache = await caches.open(CACHE);
  const path = address.href.split(/[?#]/)[0];
  const found = await cache.match(path.endsWith("/") ? `${path}index.html` : path);
  if (found) return found;
  if (await cache.match(`${path}/index.html`)) return Response.redirect(`${path}/${address.search}`);
  return fetch(request);
}
