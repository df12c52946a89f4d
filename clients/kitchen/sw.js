/**
 * Keeps the kitchen display's files for times without a network, and never lets old ones meet a new API.
 *
 * The files are one set: all of one moment, with the build of the API at that moment. Opening the page reads the whole set
 * from the network. Where that fails, or takes too long, the last whole set is shown, but only while the API is the same as
 * then, or does not answer either. Answers of the API are never kept: they do not even pass through here.
 *
 * Registered as sw.js?api=<API base>.
 */

/** What is kept: these pages, and whatever they load, found by reading them, so that no list can lack a file. */
const PAGES = ['./', 'keys.html'];
const FOLDERS = ['./', '../live/', '../style/'];
const LOADED = {
  'text/html': [/<(?:link|script)\b[^>]*\b(?:href|src)="([^"]+)"/g],
  'text/javascript': [/\b(?:from|import)\s*\(?\s*'(\.\.?\/[^']+)'/g, /new URL\('([^']+)', import\.meta\.url\)/g],
  'text/css': [/url\(["']?([^"')]+)["']?\)/g],
};

const SETS = 'orderbuddy-kitchen-files-';
/** Put into a set last: without it the set is not whole. */
const BUILD = 'build';
const KEPT_SETS = 2;
const PAGE_WITHIN_MS = 4000;
const FILE_WITHIN_MS = 30_000;
const API_WITHIN_MS = 2000;

const SAYS = {
  en: 'The kitchen display cannot be loaded now. It is tried again every five seconds.',
  es: 'La pantalla de cocina no se puede cargar ahora. Se vuelve a probar cada cinco segundos.',
  pt: 'A tela da cozinha não pode ser carregada agora. Uma nova tentativa é feita a cada cinco segundos.',
};

const scope = self.registration.scope;
const api = new URL(self.location.href).searchParams.get('api');
const folders = FOLDERS.map((folder) => new URL(folder, scope).href);
/** Which set each open page was loaded from, by the client's id: one page never mixes two sets. */
const setOf = new Map();
let reading = null;

self.addEventListener('install', (event) => {
  event.waitUntil(readSet().then(() => self.skipWaiting()));
});

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  const address = plain(url);
  if (method !== 'GET' || !isOurs(address)) return;
  event.respondWith(mode === 'navigate' ? page(event, address) : part(event, address));
});

self.addEventListener('push', (event) => {
  event.waitUntil(notify(event.data));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(comeForward());
});

/** Shows what came; browsers take pushes only from whoever shows each. A screen that is in sight rings by itself. */
async function notify(data) {
  const { title, body, tag } = data.json();
  const open = await ourWindows();
  const silent = open.some(({ visibilityState }) => visibilityState === 'visible');
  await self.registration.showNotification(title, { body, tag, silent, icon: new URL('icon-192.png', scope).href });
}

async function comeForward() {
  const [open] = await ourWindows();
  await (open ? open.focus() : self.clients.openWindow(scope));
}

async function ourWindows() {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return open.filter(({ url }) => url.startsWith(scope));
}

/** An address without its query, and `index.html` as the folder: they are one file. */
function plain(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/index\.html$/, '/');
}

function isOurs(address) {
  return folders.some((folder) => address.startsWith(folder));
}

async function page(event, address) {
  const set = await setForNow(event);
  if (!set) return sorry();
  setOf.set(event.resultingClientId, set);
  return (await kept(set, address)) ?? fetch(event.request);
}

async function part(event, address) {
  const set = setOf.get(event.clientId) ?? (await newestSet());
  return (set && (await kept(set, address))) ?? fetch(event.request);
}

/** The set to open a page from: the network's, else the last one where it fits; null where there is none. */
async function setForNow(event) {
  const fresh = readSet().catch(() => null);
  event.waitUntil(fresh);
  const late = new Promise((resolve) => setTimeout(resolve, PAGE_WITHIN_MS, null));
  const inTime = await Promise.race([fresh, late]);
  if (inTime) return inTime;
  const last = await newestSet();
  return last && (await fits(last)) ? last : fresh;
}

/** Reads all files from the network into a set of their own, one reading at a time. Throws when one of them fails. */
function readSet() {
  reading ??= readNow().finally(() => {
    reading = null;
  });
  return reading;
}

async function readNow() {
  const build = await buildOfApi();
  const answers = new Map();
  await Promise.all(PAGES.map((page) => follow(new URL(page, scope).href, answers)));
  const set = `${SETS}${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  const cache = await caches.open(set);
  await Promise.all([...answers].map(([address, answer]) => cache.put(address, answer)));
  await cache.put(BUILD, new Response(build ?? ''));
  await forgetOldSets(set);
  return set;
}

/** Reads a file, and whatever it loads, into `answers`. */
async function follow(address, answers) {
  if (answers.has(address)) return;
  answers.set(address, null);
  const answer = await fromNetwork(address);
  answers.set(address, answer);
  const [type] = (answer.headers.get('content-type') ?? '').split(';');
  const patterns = LOADED[type] ?? [];
  const text = patterns.length ? await answer.clone().text() : '';
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, file]) => plain(new URL(file, address))));
  await Promise.all(found.filter(isOurs).map((file) => follow(file, answers)));
}

async function fromNetwork(address) {
  const answer = await fetch(address, { cache: 'no-cache', signal: AbortSignal.timeout(FILE_WITHIN_MS) });
  if (!answer.ok || answer.redirected) throw new TypeError(`${address}: ${answer.status}`);
  return answer;
}

/** The build of the API that answers now; null where none answers. */
async function buildOfApi() {
  try {
    const answer = await fetch(`${api}/health/live`, { cache: 'no-store', signal: AbortSignal.timeout(API_WITHIN_MS) });
    return answer.ok ? (await answer.json()).build : null;
  } catch {
    return null;
  }
}

async function fits(set) {
  const build = await buildOfApi();
  return build === null || build === (await (await kept(set, BUILD)).text());
}

async function kept(set, address) {
  return (await (await caches.open(set)).match(address)) ?? null;
}

/** The last set that is whole, or null. */
async function newestSet() {
  for (const set of (await sets()).reverse()) if (await kept(set, BUILD)) return set;
  return null;
}

/** The names of our sets, the oldest first. */
async function sets() {
  return (await caches.keys()).filter((name) => name.startsWith(SETS));
}

async function forgetOldSets(newest) {
  const others = (await sets()).filter((set) => set !== newest);
  await Promise.all(others.slice(0, Math.max(0, others.length - KEPT_SETS + 1)).map((set) => caches.delete(set)));
}

function sorry() {
  const language = (self.navigator.language ?? 'en').slice(0, 2);
  const text = SAYS[language] ?? SAYS.en;
  const html = `<!doctype html><html lang="${SAYS[language] ? language : 'en'}"><meta charset="utf-8"><title>${text}</title><h1>${text}</h1></html>`;
  return new Response(html, { status: 503, headers: { 'content-type': 'text/html; charset=utf-8', refresh: '5' } });
}
