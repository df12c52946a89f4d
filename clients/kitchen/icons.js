/** Small pictures that say with a shape what a colour says, too. They take the size and the colour of the text beside them. */

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  fresh: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z',
  warn: 'M12 2L23 21H1z',
  late: 'M8 1h8l7 7v8l-7 7H8l-7-7V8z',
  allergy: 'M12 1L24 22H0zM10.6 8l.5 7h1.8l.5-7zM12 16.5a1.6 1.6 0 1 0 0 3.2a1.6 1.6 0 1 0 0-3.2z',
  done: 'M2 12.5l3-3l5 5L20 4l3 3L10 20z',
  rush: 'M3 3l9 9l-9 9zM12 3l9 9l-9 9z',
};

/** A picture by its name; whoever reads by ear hears nothing of it. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.setAttribute('class', 'icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  path.setAttribute('fill-rule', 'evenodd');
  drawing.append(path);
  return drawing;
}
