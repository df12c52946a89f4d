/** The local stack that the tests beside this file run against: who acts there, and a line to the live service that can be cut. */

import assert from 'node:assert/strict';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** {api, token, webpubsub, demo} of a running stack, as JSON in the environment. */
const given = process.env.ORDERBUDDY_STACK;
export const stack = given ? JSON.parse(given) : null;

/** Why these tests cannot run, else false. */
export const skip = stack ? false : 'there is no local stack: tests/e2e/test_live_package.py starts one';

export const place = stack && { restaurantId: stack.demo.open.restaurantId, locationId: stack.demo.open.locationId };

const PATIENCE_MS = 60_000;

/** Waits until something is so. */
export async function until(isSo, what) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `it never came to this: ${what ?? isSo}`);
    await pause(20);
  }
}

/** One call of the API; `as`: 'staff' or 'diner'. */
export async function call(method, path, { body, as = 'diner', headers = {} } = {}) {
  const answer = await fetch(`${stack.api}/${path}`, {
    method,
    headers: {
      ...headers,
      ...(body && { 'content-type': 'application/json' }),
      ...(as === 'staff' && { authorization: `Bearer ${stack.token}` }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.status < 400, `${method} ${path}: ${answer.status} ${text}`);
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
}

/** The stations of the open location, the one first that makes the most dishes. */
export async function stations() {
  return (await call('GET', `stations/${place.restaurantId}/${place.locationId}`, { as: 'staff' })).body.data;
}

/** Places an order with one dish that a station makes, and returns its id; it is accepted at once. */
export async function order(station) {
  const { menuId, locationSlug, originId } = stack.demo.open;
  const { body: menu } = await call('GET', `order-app/restaurants/${place.restaurantId}/locations/${place.locationId}/menus/${menuId}`);
  const dish = menu.data.items.find((each) => each.isAvailable && (!station || each.stationTags?.some((tag) => station.tags.includes(tag))));
  const line = { id: hex(), menuItemId: dish.id, name: '', price: 0, notes: '', variants: [], modifiers: [] };
  const cart = { ...place, locationSlug, origin: { id: originId, name: 'Table 1' }, customer: { name: 'Ann', phone: '' }, items: [line], getSms: false };
  const preview = await call('POST', 'order-app/cart/preview-order', { body: cart });
  const { previewOrderId } = preview.body.data;
  const placed = await call('POST', 'payments/place-order-without-payment', { body: { previewOrderId } });
  return placed.body.orderId;
}

/** Staff move an order on. */
export async function move(orderId, orderStatus) {
  await call('POST', 'restaurant/order-status', { body: { orderId, orderStatus, reason: 'by a test' }, as: 'staff' });
}

/** Staff start or finish an item. */
export async function moveItem(orderId, itemId, orderItemStatus) {
  await call('POST', 'stations/order-item', { body: { orderId, itemId, orderItemStatus }, as: 'staff' });
}

/** An order as the staff see it. */
export async function seen(orderId) {
  return (await call('GET', `restaurant/orders/${place.restaurantId}/${place.locationId}/${orderId}`, { as: 'staff' })).body.data;
}

/** The connections that the live service keeps. */
export async function connections() {
  return (await (await fetch(`${stack.webpubsub}/_local/connections`)).json()).connections;
}

function hex() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * A line to the live service for websockets. `WebSocket` is the class that goes through it; `cut()` ends all its
 * connections without a word, `blocked` refuses new ones.
 */
export class Line {
  blocked = false;
  #server;
  #open = new Set();
  #target = new URL(stack.webpubsub);

  constructor() {
    this.#server = net.createServer((client) => this.#carry(client));
  }

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address();
    this.WebSocket = class extends WebSocket {
      constructor(url, subprotocols) {
        const through = new URL(url);
        through.port = port;
        super(through.href, subprotocols);
      }
    };
    return this;
  }

  cut() {
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  /** What is open falls silent, as behind a router that lost its power; new connections go through. */
  silence() {
    for (const socket of this.#open) {
      socket.unpipe();
      socket.pause();
    }
  }

  stop() {
    this.cut();
    this.#server.close();
  }

  #carry(client) {
    client.on('error', () => {});
    if (this.blocked) {
      client.destroy();
      return;
    }
    const service = net.connect(Number(this.#target.port), this.#target.hostname);
    for (const [one, other] of [[client, service], [service, client]]) {
      this.#open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
    // A token holds for the address that it was made for.
    client.once('data', (head) => {
      service.write(head.toString('latin1').replace(/^host: .*$/im, `Host: ${this.#target.host}`), 'latin1');
      client.pipe(service);
    });
    service.pipe(client);
  }
}
