/** What the types must allow, and what they must not. */

import { ApiError, connect, type Live, type State } from '@orderbuddy/live';
import io, { type Socket } from '@orderbuddy/live/socketio';

const live: Live = connect({
  baseUrl: 'https://api.example.com/api/v1',
  getToken: async ({ renew }) => (renew ? 'new' : null),
});
const states: State[] = [];
const watch = live.watchOrder('o', {
  event: ({ event, seq }) => console.log(event, seq.toFixed()),
  status: ({ estimatedReadyAt }) => console.log(estimatedReadyAt?.slice(11)),
  state: (state) => states.push(state),
  refused: (error) => console.log(error instanceof ApiError, error.status),
});
watch.refresh().then(() => watch.close());
live.watchStation(
  { restaurantId: 'r', locationId: 'l', stationId: 's' },
  { orders: (orders, { stationTags }) => console.log(orders[0]?._id, stationTags.join()) },
);
live.watchMenu({ restaurantId: 'r', locationId: 'l' }, { changed: (menuId) => console.log(menuId ?? 'any') });
// @ts-expect-error A station's place names the station.
live.watchStation({ restaurantId: 'r', locationId: 'l' }, {});
// @ts-expect-error The address is needed.
connect({});

const socket: Socket = io('https://api.example.com/api/v1');
socket.on('order_completed', ({ orderId }) => console.log(orderId)).emit('order_joined', 'o');
