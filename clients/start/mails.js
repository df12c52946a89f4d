/** The page of mails: what was sent, and all templates, each as it looks and as plain text. */

import { ApiError, getJson, postJson } from '../live/api.js';
import { clockIn, el, isolated } from '../live/text.js';

const POLL_MS = 1000;
const clock = clockIn(null, { seconds: true });

const at = (id) => document.getElementById(id);
let shown = '';
let listed = [];
let chosen = null;

async function poll() {
  if (document.visibilityState === 'visible' && at('what').value === 'sent') await look().catch(tell);
  setTimeout(poll, POLL_MS);
}

/** Asks for the list that is wanted; `again`: has the templates made anew. */
async function look(again = false) {
  const what = at('what').value;
  const found = what === 'sent'
    ? (await getJson('/api/mails')).map((mail) => ({ ...mail, page: `/api/mails/${encodeURIComponent(mail.id)}/page` }))
    : (await getJson(`/api/mail-samples${again ? '?again' : ''}`)).map((mail, number) => (
      { ...mail, id: `${number}`, page: `/api/mail-samples/${number}/page` }
    ));
  const text = JSON.stringify([what, found]);
  if (what !== at('what').value || (text === shown && !again)) return;
  shown = text;
  listed = found;
  at('said').textContent = found.length ? '' : 'Nothing was sent yet. Place a demo order: its receipt comes here.';
  if (!found.some(({ id }) => id === chosen)) chosen = found[0]?.id ?? null;
  draw(again);
}

function draw(again = false) {
  at('mails').replaceChildren(...listed.map(row));
  const mail = listed.find(({ id }) => id === chosen);
  at('mail').hidden = !mail;
  if (mail) open(mail, again);
}

function row(mail) {
  const button = el(
    'button',
    { type: 'button', 'data-id': mail.id, 'aria-current': mail.id === chosen ? 'true' : null },
    el('span', { class: 'subject' }, isolated(mail.subject)),
    el('span', { class: 'soft' }, mail.to ? `${clock(mail.at)} to ${mail.to.join(', ')}` : `${mail.template}, ${mail.language}`),
  );
  button.addEventListener('click', () => {
    chosen = mail.id;
    at('told').textContent = '';
    draw();
    at('mail').scrollIntoView({ block: 'nearest' });
  });
  return el('li', {}, button);
}

function open(mail, again) {
  at('subject').replaceChildren(isolated(mail.subject));
  const told = (mail.told ?? []).map(({ kind, answered }) => `${kind} (the app answered ${answered ?? 'nothing'})`);
  const heads = {
    From: mail.from && [mail.from.name, `<${mail.from.email}>`].filter(Boolean).join(' '),
    To: mail.to?.join(', '),
    Attached: mail.attachments?.map(({ filename }) => filename).join(', '),
    Told: told.join(', '),
  };
  at('heads').replaceChildren(
    ...Object.entries(heads).filter(([, value]) => value).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, isolated(value))]),
  );
  at('tell').hidden = !mail.to;
  at('text').textContent = mail.text;
  at('page').className = at('width').value;
  const page = `${mail.page}?scheme=${at('scheme').value}`;
  // The same page again would begin at its top.
  if (again || at('page').getAttribute('src') !== page) at('page').src = page;
}

function tell(error) {
  if (!(error instanceof ApiError)) throw error;
  at('said').textContent = error.message;
}

at('what').addEventListener('change', () => {
  at('again').hidden = at('what').value === 'sent';
  look().catch(tell);
});
at('again').addEventListener('click', () => look(true).catch(tell));
at('width').addEventListener('change', () => draw());
at('scheme').addEventListener('change', () => draw());
at('tell').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const { answered } = await postJson(`/api/mails/${encodeURIComponent(chosen)}/event`, { event: at('event').value });
    at('told').textContent = `The app answered ${answered ?? 'nothing'}.`;
    await look();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    at('told').textContent = error.message;
  }
});
poll();
