/** Where modules run: follows the order over the live connection, in the place of asking again and again (status.js). */

import { ApiError } from '../live/api.js';
import { stopwatch } from '../live/clock.js';
import { LiveConnection } from '../live/live.js';

const SNAPSHOT_EVERY_MS = 60_000;
/** A hiccup of under two seconds is not worth a diner's worry. */
const QUIET_MS = 2000;

const page = window.orderPage;

const connection = new LiveConnection({
  api: page.api,
  ask: { kind: 'order', orderId: page.orderId },
  catchUp: read,
  receive: (message) => {
    if (page.hear(message)) connection.refresh();
  },
  changed: showLine,
  polling: true,
});

/** Reads the order and shows it. Throws ApiError. */
function read() {
  return new Promise((resolve, reject) => {
    page.read((error) => (error ? reject(new ApiError(error.status, error.body)) : resolve()));
  });
}

function showLine() {
  const isAway = connection.state === 'offline' && stopwatch() - connection.offlineSince > QUIET_MS;
  page.showLine(isAway, connection.lastContactAt);
}

page.takeOver(() => {
  connection.start();
  setInterval(() => connection.refresh(), SNAPSHOT_EVERY_MS);
  setInterval(showLine, 1000);
});
