/** What a line of the cart says beside its name. */

import { choices } from '../live/text.js';

/** A line's choices and note, each on a line of its own. */
export function extras({ variant, modifiers, notes }) {
  return [...choices({ variants: variant ? [variant] : [], modifiers }), notes].filter(Boolean);
}
