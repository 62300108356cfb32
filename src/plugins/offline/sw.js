/*
 * Keeps one version of the book. A version is fetched whole before it is used; an older one stays until no page of it is open. What is not
 * part of the kept book (the reference, the compiler of the editor) is kept when it was read once.
 */
const VERSION = '__VERSION__';
const FILES = __FILES__;
const BASE = new URL('./', self.location.href).href;
const OWN = `ringside-${VERSION}`;

/** Fetches and keeps one file. A server may answer from another address; what is kept must not say so, or a page could not be opened with it. */
async function keep(cache, file) {
  const answered = await fetch(new Request(BASE + file, { cache: 'no-cache' }));
  if (!answered.ok) throw new TypeError(`${file}: ${answered.status}`);
  const { headers } = answered;
  await cache.put(
    BASE + file,
    answered.redirected ? new Response(await answered.blob(), { headers }) : answered,
  );
}

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(OWN).then((cache) => Promise.all(FILES.map((file) => keep(cache, file)))));
});

// A page of the version before may still be open, and loads its parts when they are needed: two versions are kept.
self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then((names) => {
      const others = names.filter((name) => name.startsWith('ringside-') && name !== OWN);
      return Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
    }),
  );
});

self.addEventListener('message', ({ data }) => {
  if (data === 'use') self.skipWaiting();
});

/** The file of the book that an address stands for. */
function fileOf(url) {
  const path = decodeURIComponent(url.slice(BASE.length).split(/[?#]/)[0]).replace(/\/$/, '');
  if (path === '') return 'index.html';
  return /\.[a-z0-9]+$/.test(path) ? path : `${path}.html`;
}

async function answer(request) {
  const file = fileOf(request.url);
  const own = await caches.open(OWN);
  const kept = (await own.match(BASE + file)) ?? (await caches.match(BASE + file));
  if (kept) return kept;
  try {
    const fresh = await fetch(request);
    if (fresh.ok && fresh.type === 'basic') await own.put(BASE + file, fresh.clone());
    return fresh;
  } catch (error) {
    if (request.mode !== 'navigate') throw error;
    const missing = await own.match(`${BASE}404.html`);
    return missing ?? Response.error();
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && request.url.startsWith(BASE)) event.respondWith(answer(request));
});
