/** Hears that the menu changed, and reads it again; after a lost connection it is read in any case. */

import { LiveConnection } from '../live/live.js';

/** Follows the menus of a place. `readAgain` reads and shows them; it throws ApiError. */
export function watchMenu({ api, place, readAgain }) {
  const { restaurantId, locationId } = place;
  const connection = new LiveConnection({
    api,
    ask: { kind: 'menu', restaurantId, locationId },
    catchUp: readAgain,
    receive() {},
    notice: ({ event }) => event === 'menu_changed' && connection.refresh(),
    changed() {},
  });
  connection.start();
}
