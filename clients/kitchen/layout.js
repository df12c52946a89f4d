/**
 * Where tickets stand: pure arithmetic, without a document.
 *
 * Tickets run down a column, then on to the next one: the oldest stands top left, and stays there. A ticket that is
 * taller than a column goes on in the next one. What has no room stands on a further page.
 */

/** So many tickets a page holds at most: more than these nobody reads. */
export const MOST_ON_A_PAGE = 20;

/** No column is narrower, in CSS px. */
export const NARROWEST = 280;

/** Between two tickets, in CSS px: fingers do not hit two at once. */
export const GAP = 10;

/** Of each so many tickets: the sizes of an item's name to try in CSS px, the largest first; how many widths of it a column needs; columns and rows at most. */
const STEPS = [
  { upTo: 4, sizes: [40, 36, 32, 28], letters: 9.5, columns: 4, rows: 1 },
  { upTo: 8, sizes: [36, 34, 32, 30, 28, 26, 24, 22], letters: 8.5, columns: 4, rows: 2 },
  { upTo: Infinity, sizes: [36, 34, 32, 30, 28, 26, 24, 22], letters: 9.5, columns: Infinity, rows: Infinity },
];

/** Narrower than this a screen is held in a hand: it has one column, and the page scrolls down. */
export const HAND_WIDTH = 600;

/**
 * The sizes to try for so many tickets on so wide a screen, the largest first; each with its columns.
 *
 * @returns [{size, columns, columnWidth, rows, fits}] in CSS px; `rows` is how many tickets stand in a column at most
 */
export function trials(count, width) {
  const { sizes, letters, columns: most, rows } = STEPS.find(({ upTo }) => count <= upTo);
  if (width < HAND_WIDTH) return [{ size: sizes.at(-1), columns: 1, columnWidth: width, rows: Infinity }];
  return sizes.map((size) => {
    const narrowest = Math.max(NARROWEST, size * letters);
    const room = Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
    const columns = Math.min(most, room);
    const columnWidth = Math.floor((width - GAP * (columns - 1)) / columns);
    return { size, columns, columnWidth, rows: Math.max(rows, Math.ceil(count / columns)) };
  });
}

/**
 * Puts tickets into columns and pages.
 *
 * @param tickets  [{id, head, lines: [height], foot}] heights in CSS px
 * @param space    {columns, height, rows, tear, nextHead, tears}: height of a column, tickets in it at most, what a torn edge
 *                 and the head of a second part take; `tears`: whether a ticket may be torn only because the rest of a column
 *                 is too short. A height of Infinity holds everything in one column
 * @returns {pages, places: [{id, part, parts, from, to, page, column, top, height}]}: a place shows the lines from
 *          `from` up to `to`
 */
export function flow(tickets, space) {
  const cursor = { page: 0, column: 0, top: 0, inColumn: 0, onPage: 0 };
  const places = tickets.flatMap((ticket) => {
    if (cursor.onPage >= MOST_ON_A_PAGE) nextPage(cursor);
    const spans = here(ticket, cursor, space) ?? elsewhere(ticket, cursor, space);
    cursor.onPage += 1;
    return spans.map((span, index) => {
      if (index > 0) nextColumn(cursor, space);
      const { page, column, top } = cursor;
      cursor.top += span.height + GAP;
      cursor.inColumn += 1;
      return { id: ticket.id, part: index + 1, parts: spans.length, ...span, page, column, top };
    });
  });
  return { pages: tickets.length ? cursor.page + 1 : 0, places };
}

/** The parts of a ticket that begins where the cursor stands; null where it has no room there. */
function here(ticket, cursor, space) {
  const left = space.height - cursor.top;
  if (cursor.inColumn >= space.rows) return null;
  if (heightOf(ticket) <= left) return [whole(ticket)];
  if (!space.tears || cursor.column + 1 >= space.columns) return null;
  const spans = torn(ticket, space, left);
  const isFair = spans.length === 2 && spans[0].height <= left && spans[1].from < spans[1].to;
  return isFair ? spans : null;
}

/** The parts of a ticket for which the cursor moves on: over no two pages where one holds it. */
function elsewhere(ticket, cursor, space) {
  const spans = heightOf(ticket) <= space.height ? [whole(ticket)] : torn(ticket, space, space.height);
  if (cursor.top > 0) nextColumn(cursor, space);
  if (cursor.column > 0 && cursor.column + spans.length > space.columns) nextPage(cursor);
  return spans;
}

function nextColumn(cursor, space) {
  if (cursor.column + 1 >= space.columns) nextPage(cursor);
  else Object.assign(cursor, { column: cursor.column + 1, top: 0, inColumn: 0 });
}

function nextPage(cursor) {
  Object.assign(cursor, { page: cursor.page + 1, column: 0, top: 0, inColumn: 0, onPage: 0 });
}

function heightOf({ head, lines, foot }) {
  return lines.reduce((total, line) => total + line, head + foot);
}

function whole(ticket) {
  return { from: 0, to: ticket.lines.length, height: heightOf(ticket) };
}

/**
 * The parts of a ticket of which the first is at most `first` px high, and the others as high as a column; each but the last
 * ends with a torn edge, the last with the foot. One line is in each, though it may be too high.
 */
function torn({ head, lines, foot }, { height, tear, nextHead }, first) {
  const spans = [];
  let from = 0;
  for (;;) {
    const room = from === 0 ? first : height;
    let [to, filled] = [from, from === 0 ? head : nextHead];
    while (to < lines.length && (to === from || filled + lines[to] + tear <= room)) {
      filled += lines[to];
      to += 1;
    }
    const isLast = to === lines.length && (filled + foot <= room || to === from);
    // A foot does not stand alone: it takes the last line with it.
    if (to === lines.length && !isLast && to - from > 1) {
      to -= 1;
      filled -= lines[to];
    }
    spans.push({ from, to, height: filled + (isLast ? foot : tear) });
    if (isLast) return spans;
    from = to;
  }
}
