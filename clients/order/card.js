/**
 * The gateway's card fields: its script, from the one address that the page's settings name, and a form of its frames. No card
 * number ever is in this page.
 */

import { t } from './checkout_words.js';
import { at } from './dom.js';

const SCRIPT = 'cip-hosted-fields.js';
const LOADED_WITHIN_MS = 20_000;

let script = null;

/** Loads the gateway's script once. Rejects where it does not come; it is tried again the next time. */
function load(gateway) {
  script ??= new Promise((resolve, reject) => {
    const node = document.createElement('script');
    node.src = `${gateway}/${SCRIPT}`;
    node.onload = resolve;
    node.onerror = () => {
      script = null;
      node.remove();
      reject(new Error('The card fields did not load'));
    };
    document.head.append(node);
  });
  return script;
}

/**
 * Shows the fields for a token, and resolves with the form once they can be typed into; rejects where that does not happen.
 * `form.process()` reads the card; then exactly one of these is called:
 *
 * @param on.authorized  with the token, once the card is tied to it
 * @param on.wrong       where a field must be looked at
 * @param on.failed      where the gateway did not take the card
 */
export async function showFields(gateway, transactionToken, on) {
  await load(gateway);
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('The card fields did not load')), LOADED_WITHIN_MS);
    let reading = false;
    // Whoever presses twice, or a script that answers twice, is one payment.
    const once = (then) => (value) => {
      if (!reading) return;
      reading = false;
      then(value);
    };
    const form = window.emergepayFormFields.init({
      transactionToken,
      transactionType: 'CreditSale',
      fieldSetUp: {
        cardNumber: field('card-number', 'cardNumber'),
        cardExpirationDate: field('card-date', 'cardDate'),
        cardSecurityCode: field('card-code', 'cardCode'),
        totalAmount: { useField: false },
        externalTranId: { useField: false },
      },
      onFieldsLoaded() {
        clearTimeout(late);
        resolve({
          process() {
            if (reading) return;
            reading = true;
            form.process();
          },
        });
      },
      onUserAuthorized: once(on.authorized),
      onFieldError: once(on.wrong),
      onTransactionFailure: once(on.failed),
    });
  });
}

function field(id, label) {
  const look = getComputedStyle(at(id));
  return {
    appendToSelector: id,
    useField: true,
    styles: { color: look.color, 'background-color': look.backgroundColor, 'font-size': '16px' },
    attributes: { title: t(label), 'aria-label': t(label) },
  };
}
