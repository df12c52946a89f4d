/** Moments to come, on the restaurant's own wall: "at 11:00", or with the day where it is another one. */

import { clockIn } from '../live/text.js';
import { serverNow } from '../live/clock.js';
import { LANGUAGE, said } from './words.js';

/** "at 11:00", "on Monday at 11:00": a moment in a zone, in the page's language. */
export function when(moment, zone) {
  const time = clockIn(zone)(moment);
  const day = dayIn(zone, { weekday: 'long', day: 'numeric', month: 'long' });
  const key = dayIn(zone, { dateStyle: 'short' });
  return key(moment) === key(serverNow()) ? said('atTime', { time }) : said('onDay', { day: day(moment), time });
}

function dayIn(zone, parts) {
  let format;
  try {
    format = new Intl.DateTimeFormat(LANGUAGE, { ...parts, timeZone: zone || undefined });
  } catch {
    format = new Intl.DateTimeFormat(LANGUAGE, parts);
  }
  return (moment) => format.format(new Date(moment));
}
