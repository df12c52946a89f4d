/** How long an order has waited, by the server's clock, and what that means where it was ordered. */

import { serverNow } from '../live/clock.js';

/** Where the server says nothing of ages: those of a quick kitchen, in minutes. */
const USUAL = { warnMinutes: 5, lateMinutes: 8 };

/** Whole minutes since the order began; null for one without a beginning. */
export function waited(order) {
  const minutes = Math.floor((serverNow() - Date.parse(order.startedAt)) / 60_000);
  return Number.isNaN(minutes) ? null : Math.max(0, minutes);
}

/** 'fresh', 'warn' or 'late'. `ageing`: of the location, for an order that has none of its own. */
export function step(order, ageing) {
  const { warnMinutes, lateMinutes } = order.ageing ?? ageing ?? USUAL;
  const minutes = waited(order);
  if (minutes >= lateMinutes) return 'late';
  return minutes >= warnMinutes ? 'warn' : 'fresh';
}
