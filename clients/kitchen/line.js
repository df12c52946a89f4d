/** Says whether what is shown is true now: live, read every few seconds, or offline with the age of the picture. */

import { stopwatch } from '../live/clock.js';
import { POLL_EVERY_MS } from '../live/live.js';
import { clockIn, duration } from '../live/text.js';
import { say } from './words.js';

const at = (id) => document.getElementById(id);

/** Shows the state of a connection. */
export function showLine(connection, timezone) {
  const { state, refusal } = connection;
  at('dot').className = `dot ${{ live: 'good', polling: 'good', offline: 'bad' }[state] ?? ''}`;
  setText(at('line'), lineOf(state));
  if (state === 'offline') setText(at('banner'), refusal ? refused(refusal, connection, timezone) : offline(connection, timezone));
  at('banner').hidden = state !== 'offline';
}

function lineOf(state) {
  if (state === 'polling') return say('polling', { seconds: POLL_EVERY_MS / 1000 });
  return say({ live: 'live', offline: 'offline' }[state] ?? 'connecting');
}

function offline({ offlineSince, lastContactAt }, timezone) {
  const since = say('offlineFor', { time: duration(stopwatch() - offlineSince) });
  if (!lastContactAt) return `${since} ${say('pictureNone')}`;
  return `${since} ${say('picture', { time: clockIn(timezone, { seconds: true })(lastContactAt) })}`;
}

function refused({ status }, connection, timezone) {
  if (status === 401 || status === 403) return say('refusedForbidden');
  if (status === 404) return say('refusedGone');
  return `${offline(connection, timezone)} ${say('refusedServer')}`;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
