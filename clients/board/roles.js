/** What each role may do. The server decides; this only keeps buttons away that it would refuse. */

const LADDER = ['kitchen', 'service', 'manager', 'owner'];

/** Whether `role` is `least` or more. */
export function may(role, least) {
  return LADDER.indexOf(role) >= LADDER.indexOf(least);
}
