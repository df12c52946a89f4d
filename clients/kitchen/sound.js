/**
 * What the kitchen hears: four sounds that are told apart with the eyes on the pan. Browsers stay silent until somebody has
 * touched the page once: `state` says so.
 */

import { pageStorage, readJson, writeJson } from './stored.js';

const KEPT = 'orderbuddy-kitchen-sound';
const TONE_SECONDS = 0.35;
const REPEAT_MS = 20_000;

/** Upwards: something to do. The same twice: look again. Downwards: stop. High and bright: take it. */
const SOUNDS = {
  new: [880, 1175],
  changed: [784, 784, 784],
  cancelled: [660, 440, 330],
  ready: [1319, 1568, 1319, 1568],
};
const STEP_SECONDS = 0.18;

export const KINDS = Object.keys(SOUNDS);

export class Chime {
  #audio = new AudioContext();
  #store = pageStorage();
  #changed;
  #volume;
  #muted;
  #repeating = null;

  /** @param changed  called when `state` or `volume` changed */
  constructor(changed) {
    const kept = readJson(this.#store, KEPT);
    this.#volume = kept?.volume >= 0 && kept.volume <= 1 ? kept.volume : 0.6;
    this.#muted = kept?.muted === true;
    this.#changed = changed;
    this.#audio.onstatechange = changed;
    for (const gesture of ['pointerdown', 'keydown']) {
      window.addEventListener(gesture, () => this.#touched());
    }
  }

  /** 'on', 'muted' by somebody here, or 'blocked' by the browser until somebody touches the page. */
  get state() {
    if (this.#muted || this.#volume === 0) return 'muted';
    return this.#audio.state === 'running' ? 'on' : 'blocked';
  }

  /** Whether the browser would let a sound be heard. */
  get allowed() {
    return this.#audio.state === 'running';
  }

  /** From 0 to 1. */
  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    this.#volume = Math.min(1, Math.max(0, Number(volume) || 0));
    this.#keep();
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    this.#keep();
  }

  /** Asks for sound; works only within a tap or a key press. */
  allow() {
    return this.#audio.resume();
  }

  /** Plays a sound: 'new', 'changed', 'cancelled' or 'ready'. */
  ring(kind = 'new') {
    if (this.state !== 'on') return;
    SOUNDS[kind].forEach((hertz, index) => this.#tone(hertz, this.#audio.currentTime + index * STEP_SECONDS));
  }

  /** Plays a sound so that somebody can set the volume; within a tap or a key press. Muted, it is heard, too. */
  async test(kind = 'new') {
    await this.allow();
    if (!this.allowed || this.#volume === 0) return;
    SOUNDS[kind].forEach((hertz, index) => this.#tone(hertz, this.#audio.currentTime + index * STEP_SECONDS));
  }

  /** Rings again every 20 s until somebody touches the page (`on`), or no more. */
  repeat(on, kind = 'new') {
    clearInterval(this.#repeating);
    this.#repeating = on ? setInterval(() => this.ring(kind), REPEAT_MS) : null;
  }

  #touched() {
    this.repeat(false);
    if (!this.allowed) this.allow();
  }

  #keep() {
    writeJson(this.#store, KEPT, { volume: this.#volume, muted: this.#muted });
    this.#changed();
  }

  #tone(hertz, start) {
    const tone = new OscillatorNode(this.#audio, { frequency: hertz, type: 'triangle' });
    const loudness = new GainNode(this.#audio, { gain: 0 });
    loudness.gain.linearRampToValueAtTime(this.#volume, start + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + TONE_SECONDS);
    tone.connect(loudness).connect(this.#audio.destination);
    tone.start(start);
    tone.stop(start + TONE_SECONDS);
  }
}
