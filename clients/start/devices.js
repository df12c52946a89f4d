/** Kitchen screens of the demo's café that are nobody's: a code, and the link that pairs this browser. */

import { postJson } from '../live/api.js';
import { el } from '../live/text.js';

/** Makes a device of a role, `kitchen` or `expo`. `tell` is called with how it went, in texts and elements. */
export async function pairScreen(role, tell) {
  tell('Asking for a code…');
  try {
    const { code, url } = await postJson('/api/device', { location: 'open', role });
    tell('Code ', el('span', { class: 'code' }, code), ', for ten minutes: ', el('a', { href: url, target: '_blank' }, 'pair a screen here'));
  } catch (error) {
    tell(error.message);
  }
}
