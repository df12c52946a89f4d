/** The list of orchestrations; a click on one shows its history, which then stays up to date. */

import { getJson } from '../live/api.js';
import { clockIn, el } from '../live/text.js';

const MOST_EVENTS = 300;
const clock = clockIn(null, { seconds: true });

export class Runs {
  #list;
  #rows = new Map();
  #open = null;

  constructor(list) {
    this.#list = list;
  }

  /** Shows `instances` in this order, and the newest history of the one that is open; `codes` are order codes by id. */
  async show(instances, codes) {
    const before = this.#rows;
    this.#rows = new Map(instances.map((one) => [one.instanceId, this.#row(one, codes, before.get(one.instanceId))]));
    const nodes = [...this.#rows.values()].map((row) => row.node);
    if (nodes.length !== this.#list.children.length || nodes.some((node, at) => node !== this.#list.children[at])) {
      this.#list.replaceChildren(...nodes);
    }
    await this.#showHistory();
  }

  #row(instance, codes, before) {
    const { instanceId, runtimeStatus, customStatus, lastUpdatedTime } = instance;
    const row = before ?? this.#newRow(instanceId);
    setText(row.code, codes.get(instanceId) ?? '');
    setText(row.state, [runtimeStatus, step(customStatus)].filter(Boolean).join(' · '));
    setText(row.time, lastUpdatedTime ? clock(lastUpdatedTime) : '');
    return row;
  }

  #newRow(id) {
    const code = el('span', { class: 'code' });
    const state = el('span', {});
    const time = el('span', { class: 'numbers soft' });
    const history = el('ol', { class: 'history numbers', hidden: true });
    const name = el('span', { class: 'id' }, id);
    const button = el('button', { type: 'button', 'aria-expanded': 'false' }, code, name, state, time);
    button.addEventListener('click', () => this.#toggle(id));
    return { code, state, time, history, button, node: el('li', { 'data-instance-id': id }, button, history), text: '' };
  }

  async #toggle(id) {
    this.#open = this.#open === id ? null : id;
    for (const [name, { button, history }] of this.#rows) {
      button.setAttribute('aria-expanded', String(name === this.#open));
      if (name !== this.#open) history.hidden = true;
    }
    await this.#showHistory();
  }

  async #showHistory() {
    const id = this.#open;
    const row = this.#rows.get(id);
    if (!row) return;
    let lines;
    try {
      const { historyEvents } = await getJson(`/api/orchestrations/${encodeURIComponent(id)}`);
      lines = (historyEvents ?? []).slice(-MOST_EVENTS).map(historyLine);
    } catch (error) {
      lines = [{ time: '', text: error.message }];
    }
    if (this.#open !== id) return;
    row.history.hidden = false;
    const text = JSON.stringify(lines);
    if (row.text === text) return;
    row.text = text;
    row.history.replaceChildren(...lines.map((line) => el('li', {}, el('time', {}, line.time), el('span', {}, line.text))));
  }
}

function historyLine({ EventType: type, Timestamp: at, FunctionName, Name, OrchestrationStatus, Reason }) {
  return { time: at ? clock(at) : '', text: [type, FunctionName ?? Name, OrchestrationStatus, Reason].filter(Boolean).join(' · ') };
}

function step(status) {
  if (status === null || status === undefined) return '';
  return typeof status === 'string' ? status : (status.step ?? JSON.stringify(status));
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
