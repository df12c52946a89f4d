/** In which language a page speaks: what was chosen here, else what the address asks for, else the browser's, else English. */

export const LANGUAGES = ['en', 'es', 'pt'];

/** The key that the existing apps keep a choice under, too. */
const CHOSEN = 'ob.lang';

/** The page's language, one of LANGUAGES. */
export function language() {
  const asked = [chosen(), new URLSearchParams(location.search).get('lang'), ...(navigator.languages ?? [])];
  return asked.map((tag) => tag?.toLowerCase().slice(0, 2)).find((tag) => LANGUAGES.includes(tag)) ?? 'en';
}

/** Whether somebody chose a language in this browser. */
export function wasChosen() {
  return chosen() !== null;
}

/** Keeps a choice of language for all pages of this address; the page is to be loaded anew. */
export function choose(tag) {
  try {
    localStorage.setItem(CHOSEN, tag);
  } catch {
    // A browser that keeps nothing speaks its own language.
  }
}

/**
 * The sentence of a key, with its `{names}` filled in.
 *
 * @param table  {en: {key: sentence}, es: .., pt: ..}; what is missing in a language is said in English
 */
export function speaker(table, tag = language()) {
  return (key, values = {}) =>
    (table[tag]?.[key] ?? table.en[key]).replace(/\{(\w+)\}/g, (_whole, name) => String(values[name] ?? ''));
}

function chosen() {
  try {
    return localStorage.getItem(CHOSEN);
  } catch {
    return null;
  }
}
