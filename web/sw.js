// Keeps the page for when there is no network. FILES and VERSION are filled in by web/finish.mjs.
// The page itself comes from the network while that answers within three seconds, everything else from the cache,
// whose names change with what is in them.
const VERSION = "";
const FILES = [];
const CACHE = `plimsoll-${VERSION}`;

self.addEventListener("install", (event) => {
    event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

// A page asks which version waits, and says when it may take over: see web/early.js.
self.addEventListener("message", (event) => {
    if (event.data === "version") event.ports[0].postMessage(VERSION);
    if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("activate", (event) => {
    const old = (names) => names.filter((name) => name.startsWith("plimsoll-") && name !== CACHE);
    event.waitUntil(
        caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
            .then(() => self.clients.claim()),
    );
});

const fromNetwork = async (request) => {
    const response = await fetch(request, { signal: AbortSignal.timeout(3000) });
    if (!response.ok) throw new Error(response.status);
    return response;
};

self.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
    const kept = () => caches.match(request.mode === "navigate" ? "./" : request, { ignoreSearch: request.mode === "navigate" });
    if (request.mode === "navigate") {
        event.respondWith(fromNetwork(request).catch(async () => (await kept()) ?? Response.error()));
    } else {
        event.respondWith(kept().then((response) => response ?? fetch(request)));
    }
});
