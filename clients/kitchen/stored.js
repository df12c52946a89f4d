/** What a screen keeps in the browser. Nothing here throws: what the browser does not keep lives as long as the page. */

/** localStorage where the browser lets us, else a storage that forgets with the page. */
export function pageStorage() {
  try {
    localStorage.setItem('orderbuddy-kitchen-probe', '1');
    localStorage.removeItem('orderbuddy-kitchen-probe');
  } catch {
    return memoryStorage();
  }
  return {
    getItem: (name) => localStorage.getItem(name),
    setItem: (name, value) => localStorage.setItem(name, value),
    removeItem: (name) => localStorage.removeItem(name),
    keys: () => Object.keys(localStorage),
  };
}

/** A storage that forgets with the page. */
export function memoryStorage() {
  const kept = new Map();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, String(value)),
    removeItem: (name) => kept.delete(name),
    keys: () => [...kept.keys()],
  };
}

/** What JSON says under `name`; null where there is nothing, or nothing that can be read. */
export function readJson(store, name) {
  try {
    return JSON.parse(store.getItem(name));
  } catch {
    return null;
  }
}

/** Keeps a value as JSON; false where the storage is full. */
export function writeJson(store, name, value) {
  try {
    store.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/**
 * A list whose entries lie in the storage one by one: two tabs that change different entries at the same moment lose none.
 * An entry is an object with an `id`, and a `number` by which the list is sorted.
 */
export class StoredList {
  #store;
  #prefix;
  /** Entries for which the storage had no room. */
  #unstored = new Map();

  constructor(store, name) {
    this.#store = store;
    this.#prefix = `${name}.`;
  }

  /** Whether a name in the storage is that of an entry; null, which a storage that was emptied says, is. */
  has(name) {
    return name === null || name.startsWith(this.#prefix);
  }

  all() {
    const names = this.#store.keys().filter((name) => name.startsWith(this.#prefix));
    const found = [...names.map((name) => readJson(this.#store, name)), ...this.#unstored.values()];
    return found.filter((entry) => entry?.id).sort((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1));
  }

  /** Adds an entry, or puts another in its place. */
  put(entry) {
    const isKept = writeJson(this.#store, this.#prefix + entry.id, entry);
    if (isKept) this.#unstored.delete(entry.id);
    else this.#unstored.set(entry.id, entry);
  }

  remove(id) {
    this.#unstored.delete(id);
    this.#store.removeItem(this.#prefix + id);
  }
}

/** Runs `work` while no other tab runs work of this name. Without locks (a page that is not served securely) it just runs. */
export async function alone(name, work) {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request(name, work) : work();
}
