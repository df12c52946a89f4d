/** One field of a card, in a frame of the gateway's. Which one stands behind the #. The page gives looks and names, and reads nothing. */

const FIELDS = {
  cardNumber: { label: 'Card number', autocomplete: 'cc-number', fits: /^\d{16}$/, wrong: 'This is no card number' },
  cardExpirationDate: { label: 'MM/YY', autocomplete: 'cc-exp', fits: /^(0[1-9]|1[0-2])\/?\d\d$/, wrong: 'This is no date' },
  cardSecurityCode: { label: 'CVV', autocomplete: 'cc-csc', fits: /^\d{3,4}$/, wrong: 'This is no security code' },
};

const { label, autocomplete, fits, wrong } = FIELDS[location.hash.slice(1)];
const input = document.getElementById('field');
input.autocomplete = autocomplete;
input.setAttribute('aria-label', label);
let page = '*';

function say(answer, more = {}) {
  parent.postMessage({ answer, ...more }, page);
}

function typed() {
  return input.value.replace(/[\s-]/g, '');
}

const acts = {
  dress({ styles = {}, attributes = {} }) {
    for (const [name, value] of Object.entries(styles)) input.style.setProperty(name, value);
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  },
  check() {
    if (fits.test(typed())) say('right');
    else refuse(wrong);
  },
  async submit({ token }) {
    try {
      const answer = await fetch(`../hosted-fields/${encodeURIComponent(token)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cardNumber: typed() }),
      });
      if (answer.ok) say('submitted');
      else if (answer.status === 400) refuse((await answer.json()).message);
      else say('failed', { message: `The gateway answered ${answer.status}` });
    } catch {
      say('failed', { message: 'The gateway did not answer' });
    }
  },
};

function refuse(message) {
  input.setAttribute('aria-invalid', 'true');
  say('wrong', { message });
}

input.addEventListener('input', () => input.removeAttribute('aria-invalid'));
window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== parent) return;
  page = origin;
  acts[data?.act]?.(data);
});
say('ready');
