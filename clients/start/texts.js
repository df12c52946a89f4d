/** The page of texts: a phone for each number that was texted, with what it got and what it answered. */

import { ApiError, getJson, postJson } from '../live/api.js';
import { clockIn, el } from '../live/text.js';

const POLL_MS = 1000;
const LINK = /https?:\/\/\S+/;
const clock = clockIn(null, { seconds: true });

const at = (id) => document.getElementById(id);
let shown = '';

async function poll() {
  if (document.visibilityState === 'visible') await look().catch(tell);
  setTimeout(poll, POLL_MS);
}

async function look() {
  const texts = await getJson('/api/texts');
  const text = JSON.stringify(texts);
  if (text === shown) return;
  shown = text;
  at('said').textContent = texts.length ? '' : 'Nothing was texted yet. Order with a phone number, and ask for texts.';
  const phones = new Map();
  for (const one of texts) {
    const number = one.way === 'out' ? one.to : one.from;
    phones.set(number, [...(phones.get(number) ?? []), one]);
  }
  // The phone that was used last comes first; one where something is typed stays as it is.
  const kept = new Map([...at('phones').children].map((phone) => [phone.dataset.number, phone]));
  const newest = [...phones].sort(([, a], [, b]) => b.at(-1).at.localeCompare(a.at(-1).at));
  at('phones').replaceChildren(...newest.map(([number, own]) => drawn(kept.get(number) ?? phone(number), own)));
}

function phone(number) {
  const words = el('input', { 'aria-label': `What ${number} answers`, maxlength: 160, placeholder: 'STOP' });
  const answer = el('form', { class: 'reply' }, words, el('button', { type: 'submit' }, 'Reply'));
  const said = el('p', { class: 'soft', role: 'status' });
  answer.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const { answered } = await postJson('/api/texts/reply', { from: number, text: words.value || 'STOP' });
      said.textContent = answered ? `The app answered ${answered}.` : 'The app did not answer.';
      words.value = '';
      await look();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      said.textContent = error.message;
    }
  });
  return el('section', { class: 'phone', 'data-number': number, 'aria-label': number }, el('h2', {}, number), el('ol', {}), answer, said);
}

function drawn(section, texts) {
  const list = section.querySelector('ol');
  if (list.childElementCount !== texts.length || list.dataset.shown !== JSON.stringify(texts)) {
    list.dataset.shown = JSON.stringify(texts);
    list.replaceChildren(...texts.map(bubble));
    list.scrollTop = list.scrollHeight;
  }
  return section;
}

function bubble({ way, body, at: moment, status, segments, gsm }) {
  const size = `${segments} ${segments === 1 ? 'segment' : 'segments'}${gsm ? '' : ' of UCS-2'}`;
  const note = way === 'out' ? `${clock(moment)}, ${status}, ${size}` : `${clock(moment)}, from the phone`;
  return el('li', { class: way }, el('p', { class: 'bubble' }, linked(body)), el('p', { class: 'soft' }, note));
}

/** A text with its link as one. */
function linked(body) {
  const link = LINK.exec(body)?.[0];
  if (!link) return [body];
  const [before, after] = [body.slice(0, body.indexOf(link)), body.slice(body.indexOf(link) + link.length)];
  return [before, el('a', { href: link, target: '_blank', rel: 'noopener noreferrer' }, link), after];
}

function tell(error) {
  if (!(error instanceof ApiError)) throw error;
  at('said').textContent = error.message;
}

poll();
