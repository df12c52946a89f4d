/** What both pages of ordering say. */

import { language, speaker } from '../live/language.js';
import { moneyIn } from '../live/text.js';

export const LANGUAGE = language();

/** How money and times are written: as on the page of the order, to which both pages lead. */
export const LOCALE = { en: 'en-US', es: 'es-US', pt: 'pt-BR' }[LANGUAGE];

/** Cents as the page's language writes them. */
export const money = moneyIn(LOCALE);

const BOTH = {
  en: {
    tryAgain: 'Try again',
    noNetwork: 'No connection. Please try again.',
    notNow: 'Something went wrong. Please try again in a moment.',
    closed: 'Closed right now.',
    closedUntil: 'Closed right now. Orders are taken again {when}.',
    atTime: 'at {time}',
    onDay: 'on {day} at {time}',
    yourOrder: 'Your order',
    emptyCart: 'Your order is empty.',
    notServed: 'This is not served right now.',
  },
  es: {
    tryAgain: 'Intentar de nuevo',
    noNetwork: 'Sin conexión. Inténtelo de nuevo.',
    notNow: 'Algo salió mal. Inténtelo de nuevo en un momento.',
    closed: 'Cerrado en este momento.',
    closedUntil: 'Cerrado en este momento. Se aceptan pedidos de nuevo {when}.',
    atTime: 'a las {time}',
    onDay: 'el {day} a las {time}',
    yourOrder: 'Su pedido',
    emptyCart: 'Su pedido está vacío.',
    notServed: 'Esto no se sirve en este momento.',
  },
  pt: {
    tryAgain: 'Tentar de novo',
    noNetwork: 'Sem conexão. Tente de novo.',
    notNow: 'Algo deu errado. Tente de novo em instantes.',
    closed: 'Fechado no momento.',
    closedUntil: 'Fechado no momento. Voltamos a aceitar pedidos {when}.',
    atTime: 'às {time}',
    onDay: 'em {day} às {time}',
    yourOrder: 'Seu pedido',
    emptyCart: 'Seu pedido está vazio.',
    notServed: 'Isto não é servido no momento.',
  },
};

/** The sentence of a key that both pages say. */
export const said = speaker(BOTH, LANGUAGE);

/** A page's speaker: its own words, and those of both. */
export function words(own) {
  const tables = Object.entries(own).map(([tag, table]) => [tag, { ...BOTH[tag], ...table }]);
  return speaker(Object.fromEntries(tables), LANGUAGE);
}
