/** Keys of a keyboard or a bump bar, which is a keyboard: the map in keys.json says what each one does. */

/** The same digit twice within this time bumps its ticket; once only selects it, so that a stray touch bumps nothing. */
const TWICE_WITHIN_MS = 600;
/** A key that is held down goes on only with these: a dish that lies on the bar bumps one ticket, not twenty. */
const MAY_REPEAT = new Set(['next', 'previous', 'itemUp', 'itemDown', 'pageNext', 'pagePrevious']);
const SPOKEN = { ' ': 'Space' };

/** All that a key may do. */
export const ACTIONS = [
  ...Array.from({ length: 10 }, (_, index) => `select${index + 1}`),
  ...['bump', 'next', 'previous', 'itemUp', 'itemDown', 'strike', 'pageNext', 'pagePrevious', 'home', 'end'],
  ...['recallLast', 'recallList', 'undo', 'rush', 'allDay', 'note', 'soldOut', 'sound'],
];

/** Reads the map: {action: [key, ..]}. Throws when there is none. */
export async function readKeys() {
  const answer = await fetch(new URL('keys.json', import.meta.url), { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`keys.json: ${answer.status}`);
  return answer.json();
}

/** A key as the map names it: "Enter", "x", "Shift+R"; with Ctrl, Alt or Meta it belongs to the browser, and is null. */
export function nameOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !event.key || event.isComposing) return null;
  const isLetter = event.key.length === 1 && event.key.toUpperCase() !== event.key.toLowerCase();
  if (isLetter) return event.shiftKey ? `Shift+${event.key.toUpperCase()}` : event.key.toLowerCase();
  const key = SPOKEN[event.key] ?? event.key;
  return event.shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

/** What each key does: {key: action}, and what is wrong with the map, {unknown: [action], twice: [key]}. */
export function byKey(map) {
  const found = {};
  const wrong = { unknown: [], twice: [] };
  for (const [action, keys] of Object.entries(map)) {
    if (!ACTIONS.includes(action)) wrong.unknown.push(action);
    else {
      for (const key of keys) {
        if (found[key]) wrong.twice.push(key);
        else found[key] = action;
      }
    }
  }
  return { keys: found, wrong };
}

export class Keys {
  #keys;
  #actions;
  #last = { action: null, at: -Infinity };
  /** Whether somebody goes through the page by Tab, and not through the tickets by the bar's own keys. */
  #tabs = false;

  /**
   * @param map      {action: [key, ..]} (keys.json)
   * @param actions  {action: function}: what the page can do now; `select` for all tickets by number, from 1, may stand in
   *                 the place of select1 to select10
   */
  constructor(map, actions) {
    this.#keys = byKey(map).keys;
    this.#actions = actions;
  }

  start() {
    window.addEventListener('keydown', this.#pressed);
  }

  stop() {
    window.removeEventListener('keydown', this.#pressed);
  }

  #pressed = (event) => {
    if (event.key === 'Tab') this.#tabs = true;
    const action = this.#keys[nameOf(event)];
    if (!action || event.defaultPrevented || belongsToTarget(event, this.#tabs)) return;
    event.preventDefault();
    this.#tabs = false;
    if (event.repeat && !MAY_REPEAT.has(action)) return;
    const isTwice = action.startsWith('select') && this.#isTwice(action);
    this.#do(action);
    if (isTwice) this.#do('bump');
  };

  #isTwice(action) {
    const now = performance.now();
    const isTwice = this.#last.action === action && now - this.#last.at < TWICE_WITHIN_MS;
    this.#last = { action, at: isTwice ? -Infinity : now };
    return isTwice;
  }

  #do(action) {
    const number = /^select(\d+)$/.exec(action)?.[1];
    if (this.#actions[action]) this.#actions[action]();
    else if (number) this.#actions.select?.(Number(number));
  }
}

/**
 * Whether a key is for the element that has the focus: text that is written, a dialog, and a button that somebody went to by
 * Tab. The button that was touched last has the focus, too, and so has the dish that the arrows chose, but the bar's Enter
 * is not for them: it bumps the ticket.
 */
function belongsToTarget({ target, key }, tabs) {
  if (!(target instanceof Element)) return false;
  if (target.closest('input, textarea, select, [contenteditable], dialog[open]')) return true;
  const isButton = target.closest('a, button, summary') !== null && target.matches(':focus-visible');
  return ['Enter', ' '].includes(key) && isButton && tabs;
}
