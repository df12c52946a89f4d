/** The sound of a new order: two soft tones. Browsers stay silent until somebody has tapped the page once. */

const TONES = [
  { hertz: 880, at: 0 },
  { hertz: 1175, at: 0.18 },
];
const TONE_SECONDS = 0.35;

export class Chime {
  #audio = new AudioContext();

  /** @param changed  called when sound became allowed, or was taken away */
  constructor(changed) {
    this.#audio.onstatechange = changed;
    for (const gesture of ['pointerdown', 'keydown']) {
      window.addEventListener(gesture, () => this.allow());
    }
  }

  /** Whether a chime would be heard. */
  get allowed() {
    return this.#audio.state === 'running';
  }

  /** Asks for sound; works only within a tap or a key press. */
  allow() {
    return this.#audio.resume();
  }

  ring() {
    if (!this.allowed) return;
    for (const { hertz, at } of TONES) {
      const start = this.#audio.currentTime + at;
      const tone = new OscillatorNode(this.#audio, { frequency: hertz, type: 'triangle' });
      const loudness = new GainNode(this.#audio, { gain: 0 });
      loudness.gain.linearRampToValueAtTime(0.6, start + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.001, start + TONE_SECONDS);
      tone.connect(loudness).connect(this.#audio.destination);
      tone.start(start);
      tone.stop(start + TONE_SECONDS);
    }
  }
}
