/** Draws the page from what is known of the order. ECMAScript 5, without modules. */

(function (page) {
  'use strict';

  var STEPS = ['CREATED', 'ACCEPTED', 'READY_FOR_PICKUP', 'PICKED_UP'];

  /** Ways an order ends early: they stand among the steps in the place of those that will not come. */
  var GIVEN_UP = ['CANCELLED', 'REJECTED'];

  /** Which event leads to a status. */
  page.EVENTS = {
    CREATED: 'order_received',
    ACCEPTED: 'order_accepted',
    READY_FOR_PICKUP: 'order_ready_for_pickup',
    PICKED_UP: 'order_completed',
    CANCELLED: 'order_cancelled',
    REJECTED: 'order_rejected',
  };

  /** The status that an event leads to; undefined where it leads to none. */
  page.statusAfter = function (event) {
    return Object.keys(page.EVENTS).filter(function (status) {
      return page.EVENTS[status] === event;
    })[0];
  };

  var at = page.at;
  var el = page.el;
  var setText = page.setText;

  /**
   * Draws all of the page anew; what has not changed stays as it is.
   *
   * @param known.state    what the page is about while there is no order, such as LOOKING; then known.refusal may say why
   * @param known.order    the order as GET menu-app/order answers it, or null
   * @param known.status   where it stands, as GET order-app/orders/../status answers it, or null
   * @param known.moments  {event: {at, payload}}: what happened and counts
   * @param known.asking   whether the diner is asked back before the order is cancelled
   * @param known.refused  why it could not be cancelled: {status, body} of the answer, or null
   * @param known.names    the names of the restaurant and of its location
   * @param known.zone     the restaurant's time zone
   * @param known.offline  whether the page may be behind; known.heardAt: when the server was heard last (ms), or null
   */
  page.draw = function (known) {
    document.documentElement.lang = page.language();
    drawLanguages();
    page.fill('restaurant', separated(known.names.filter(Boolean).map(page.isolated)));
    drawHeadline(known);
    page.drawLine(known);
    var isPlaced = !!(known.order && known.status);
    document.body.setAttribute('data-status', isPlaced ? known.status.status : known.state);
    at('ticket').hidden = !isPlaced;
    at('bill').hidden = !isPlaced;
    if (!isPlaced) return;
    drawTicket(known);
    drawBill(known);
  };

  function drawLanguages() {
    var tags = Object.keys(page.words);
    if (!at('languages').firstChild) page.fill('languages', tags.map(languageButton));
    at('languages').setAttribute('aria-label', page.word('language'));
    tags.forEach(function (tag, index) {
      at('languages').children[index].setAttribute('aria-pressed', String(tag === page.language()));
    });
  }

  function languageButton(tag) {
    var button = el('button', 'quiet', page.words[tag].name);
    button.type = 'button';
    button.lang = tag;
    return button;
  }

  function drawHeadline(known) {
    var said = headline(known);
    setText('headline', said[0]);
    page.fill('advice', said[1]);
    at('advice').hidden = !said[1];
    setText('next', said[2]);
    document.title = known.order ? said[0] + ' · ' + known.order.orderCode : said[0];
  }

  /** Headline, advice and how to go on. What the restaurant or the bank said takes the place of the advice. */
  function headline(known) {
    var status = known.status;
    if (!status) return ofPage(known.state, known.refusal);
    var said = ofState(stateOf(known));
    var told = known.moments[page.EVENTS[status.status]];
    var reason = told && told.payload.reason;
    var isGivenUp = GIVEN_UP.indexOf(status.status) >= 0;
    return [
      said[0],
      isGivenUp && reason ? around('reason', reason) : said[1],
      isGivenUp && status.refundedCents > 0 ? page.say('back', { sum: page.money(status.refundedCents) }) : said[2],
    ];
  }

  function stateOf(known) {
    if (known.status.status === 'CREATED' && known.status.unansweredSince) return 'UNANSWERED';
    if (known.status.status === 'ACCEPTED' && known.moments.order_recalled) return 'RECALLED';
    return known.status.status;
  }

  function ofPage(state, refusal) {
    var said = ofState(state);
    if (!refusal) return said;
    var unpaid = state === 'OPEN' && page.word('unpaid')[refusal.code];
    return [unpaid ? unpaid[0] : said[0], page.told(refusal.message), unpaid ? unpaid[1] : said[2]];
  }

  /** A state that this page does not know is shown as it is. */
  function ofState(state) {
    var said = page.word('states')[state] || [state];
    return [said[0], said[1] || '', said[2] || ''];
  }

  /** Says so when the page may be behind. */
  page.drawLine = function (known) {
    setText('banner', known.offline ? page.word('offline') : '');
    if (!known.heardAt) return;
    var heardAt = page.clock(known.heardAt, known.zone, true);
    setText('updated', known.offline ? page.say('last_heard', { time: heardAt }) : page.word('updates'));
  };

  function drawTicket(known) {
    var status = known.status;
    setText('code-name', page.word('code'));
    setText('code', known.order.orderCode);
    var isRunning = status.status === 'CREATED' || status.status === 'ACCEPTED';
    var readyAt = isRunning && status.estimatedReadyAt;
    setText('estimate', readyAt ? page.say('ready_at', { time: page.clock(readyAt, known.zone) }) : '');
    drawProgress(status.status === 'ACCEPTED' ? page.progress(known.order) : { ready: 0, all: 0 });
    at('steps').setAttribute('aria-label', page.word('how_far'));
    page.fill('steps', steps(known));
    drawCancelling(known);
  }

  /** Not every kitchen says what is ready: nothing is shown until the first dish is. */
  function drawProgress(made) {
    var text = made.ready > 0 ? page.say('progress', made) : '';
    setText('progress', text);
    at('bar').hidden = !text;
    at('bar').max = made.all || 1;
    at('bar').value = made.ready;
    at('bar').setAttribute('aria-label', text);
  }

  function steps(known) {
    var status = known.status.status;
    var end = GIVEN_UP.indexOf(status) >= 0 && status;
    var listed = end
      ? STEPS.filter(function (step) {
          return known.moments[page.EVENTS[step]];
        }).concat(end)
      : STEPS;
    var current = listed.indexOf(status);
    return listed.map(function (step, index) {
      var moment = index <= current && known.moments[page.EVENTS[step]];
      var place = index < current || step === 'PICKED_UP' ? 'done' : 'current';
      var node = el('li', index > current ? '' : place + (step === end ? ' ended' : ''), [
        el('span', '', page.word('steps')[step]),
        moment && time(moment.at, known.zone),
      ]);
      if (index === current) node.setAttribute('aria-current', 'step');
      return node;
    });
  }

  function time(moment, zone) {
    var node = el('time', 'numbers', page.clock(moment, zone));
    node.setAttribute('datetime', moment);
    return node;
  }

  function drawCancelling(known) {
    ['cancel', 'sure', 'yes', 'keep'].forEach(function (id) {
      setText(id, page.word(id));
      at(id).hidden = known.asking === (id === 'cancel');
    });
    var isOver = known.status.status !== 'CREATED';
    if (isOver && at('cancelling').contains(document.activeElement)) at('headline').focus();
    at('cancelling').hidden = isOver;
    setText('refused', known.refused ? whyNot(known.refused) : '');
  }

  function whyNot(refused) {
    return refused.status === 409 ? page.told(refused.body.message) : page.word('failed');
  }

  function drawBill(known) {
    var order = known.order;
    var refundedCents = known.status.refundedCents || 0;
    page.fill('for', whose(order));
    page.fill('items', page.lines(order, known.status.status));
    page.fill('amounts', page.amounts(order, refundedCents));
    var isSaid = GIVEN_UP.indexOf(known.status.status) >= 0 || !refundedCents;
    setText('back', isSaid ? '' : page.say('back', { sum: page.money(refundedCents) }));
  }

  /** For whom, and where: each a text of its own. */
  function whose(order) {
    var name = order.customer && order.customer.name;
    var origin = order.origin && order.origin.name;
    var parts = [name && el('span', '', around('for_whom', name)), origin && page.isolated(origin)];
    return name || origin ? separated(parts) : page.word('order');
  }

  /** A sentence around what somebody wrote, which is a text of its own in it. */
  function around(key, text) {
    var parts = page.word(key).split(/\{\w+\}/);
    return [parts[0], page.isolated(text), parts[1]];
  }

  /** What there is of `parts`, with a dot between each two; a line ends before the dot, never after it. */
  function separated(parts) {
    return parts.filter(Boolean).map(function (part, index) {
      return [index ? ' ·\u00a0' : '', part];
    });
  }
})(window.orderPage);
