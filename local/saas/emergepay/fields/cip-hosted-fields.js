/**
 * The gateway's hosted fields, as far as a page sees them: each field is a frame of the gateway's own, so that no card
 * number ever is in the page. The name of the file and of the object are the gateway's.
 */
(() => {
  const home = new URL('.', document.currentScript.src);

  /**
   * Puts a frame for each field of `fieldSetUp` that is used into its element, and returns the form: `process()` checks
   * the fields, ties the card to the token, and calls `onUserAuthorized(token)`, else `onFieldError({field, message})`
   * or `onTransactionFailure({message})`.
   */
  function init(options) {
    const used = Object.entries(options.fieldSetUp).filter(([, field]) => field.useField);
    const frames = new Map(used.map(([name, field]) => [name, frame(name, field)]));
    const waiting = new Set(frames.keys());
    let checks = null;

    function frame(name, { appendToSelector, attributes }) {
      const made = document.createElement('iframe');
      made.title = attributes?.title ?? name;
      made.src = new URL(`field.html#${name}`, home);
      document.getElementById(appendToSelector).replaceChildren(made);
      return made;
    }

    function send(name, message) {
      frames.get(name).contentWindow?.postMessage(message, home.origin);
    }

    const answers = {
      ready(name) {
        const { styles, attributes } = options.fieldSetUp[name];
        send(name, { act: 'dress', styles, attributes });
        if (waiting.delete(name) && waiting.size === 0) options.onFieldsLoaded?.();
      },
      wrong(name, { message }) {
        checks = null;
        options.onFieldError?.({ field: name, message });
      },
      right(name) {
        if (!checks?.delete(name) || checks.size > 0) return;
        checks = null;
        send('cardNumber', { act: 'submit', token: options.transactionToken });
      },
      submitted() {
        options.onUserAuthorized(options.transactionToken);
      },
      failed(_name, { message }) {
        options.onTransactionFailure?.({ message });
      },
    };

    window.addEventListener('message', ({ origin, source, data }) => {
      const name = [...frames.keys()].find((one) => frames.get(one).contentWindow === source);
      if (name && origin === home.origin) answers[data?.answer]?.(name, data);
    });

    return {
      process() {
        checks = new Set(frames.keys());
        for (const name of frames.keys()) send(name, { act: 'check' });
      },
    };
  }

  window.emergepayFormFields = { init };
})();
