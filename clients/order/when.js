/** Moments to come, on the restaurant's own wall: "at 11:00 AM", or with the day where it is another one. */

import { momentIn } from '../live/text.js';
import { serverNow } from '../live/clock.js';
import { LOCALE, said } from './words.js';

/** "at 11:00 AM", "on Monday, March 2 at 11:00 AM": the end of a sentence about a moment in a zone, without its full stop. */
export function when(moment, zone) {
  // In Spanish the time itself may end with one: "11:00 a.m." No line ends within a time.
  const time = momentIn(LOCALE, zone, { hour: 'numeric', minute: '2-digit' })(moment).replace(/\.$/, '').replace(/\s/g, '\u00a0');
  const day = momentIn(LOCALE, zone, { weekday: 'long', day: 'numeric', month: 'long' });
  const date = momentIn(LOCALE, zone, { dateStyle: 'short' });
  return date(moment) === date(serverNow()) ? said('atTime', { time }) : said('onDay', { day: day(moment), time });
}
