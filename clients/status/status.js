/**
 * The diner's page of one order.
 *
 * Address: /status/?api=<API base>&restaurantId=..&orderId=..&lang=..   (the order's id is the secret; no sign-in)
 * or, as messages to diners have it: /order/status/<restaurantId>/<orderId>
 * Only the order's id must be there. Without `api`, the page asks the server that its own policy lists.
 *
 * It reads the order and asks again every few seconds, in ECMAScript 5 and without modules, so that the link in a text
 * message shows something on any phone. Where modules run, live.js takes over.
 */

(function (page) {
  'use strict';

  var POLL_MS = 4000;
  /** While there is no order yet, which is a matter of seconds, and after a failure. */
  var SOON_MS = 2000;

  /** A checkout that may still become an order, and one that will not. */
  var PENDING = ['OPEN', 'PLACING', 'CHECKING_PAYMENT'];
  var OVER = ['EXPIRED', 'ABANDONED'];

  var at = page.at;

  page.api = page.asked('api') || page.ownApi();
  page.orderId = page.asked('orderId') || page.inPath(2);
  page.restaurantId = page.asked('restaurantId') || page.inPath(1);

  var known = {
    state: 'LOOKING',
    refusal: null,
    order: null,
    status: null,
    moments: {},
    asking: false,
    refused: null,
    names: [],
    zone: null,
    offline: false,
    heardAt: null,
  };

  /** How far the list of events was read: it moves only when the list was, so that no event is left out. */
  var readTo = 0;
  var timer = null;
  var follow = null;
  var isFollowed = false;
  var isRead = {};

  /**
   * Reads where the order stands, and what else changed since it was read last, and shows it.
   *
   * @param done  called with null, or with what went wrong: {status, body}, the status 0 where no answer came
   */
  page.read = function (done) {
    get(ofOrder('status'), function (error, now) {
      if (error) {
        done(error);
        return;
      }
      if (PENDING.concat(OVER).indexOf(now.status) >= 0) {
        known.state = now.status;
        known.refusal = now.refusal || null;
        if (page.restaurantId) readNames(page.restaurantId);
        show();
        done(null);
        return;
      }
      adopt(now);
      show();
      readDetails(done);
    });
  };

  /**
   * Takes a live message, and shows what it says.
   *
   * @returns whether the page must read: the message does not say all that changed
   */
  page.hear = function (message) {
    var status = known.status;
    if (message.orderId !== page.orderId || !status || message.seq <= status.seq) return false;
    note(message);
    if (message.seq > status.seq + 1 || !isPlain(message)) return true;
    readTo = message.seq;
    status.seq = message.seq;
    status.status = page.statusAfter(message.event) || status.status;
    show();
    // From now on the kitchen can say better when it will be ready; and what is given back of an order that has ended.
    return [page.EVENTS.ACCEPTED, page.EVENTS.CANCELLED, page.EVENTS.REJECTED].indexOf(message.event) >= 0;
  };

  /** Shows whether the page may be behind, and when the server was heard last (ms since 1970, its clock). */
  page.showLine = function (isOffline, heardAt) {
    known.offline = isOffline;
    known.heardAt = heardAt || known.heardAt;
    page.drawLine(known);
  };

  /** Calls `start` once there is an order. From then on the page asks no more: who started goes on. */
  page.takeOver = function (start) {
    follow = start;
    if (known.order) goOn(POLL_MS);
  };

  /** Notes what happened, and when. What a recall took back is no more. */
  function note(event) {
    if (event.event === 'order_recalled') delete known.moments.order_ready_for_pickup;
    if (event.event === 'order_ready_for_pickup') delete known.moments.order_recalled;
    known.moments[event.event] = { at: event.at, payload: event.payload || {} };
  }

  /** Whether a message says all that changed: a step of the order, or how far one dish is. */
  function isPlain(message) {
    if (message.event === 'order_item_started') return markItem(message, 'startedAt');
    if (message.event === 'order_item_completed') return markItem(message, 'completedAt');
    return !!page.statusAfter(message.event);
  }

  function markItem(message, field) {
    var found = known.order.items.filter(function (item) {
      return item.id === message.payload.itemId;
    })[0];
    if (found) found[field] = message.at;
    return !!found;
  }

  /** Takes where the order stands, unless something newer is known. */
  function adopt(now) {
    if (!known.status || now.seq >= known.status.seq) known.status = now;
  }

  function readDetails(done) {
    var jobs = [];
    if (!known.order || known.order.seq < known.status.seq) jobs.push(readOrder);
    if (readTo < known.status.seq || !known.order) jobs.push(readEvents);
    page.all(jobs, function (error) {
      if (!error) readNames(known.order.restaurantId, known.order.locationId);
      show();
      done(error);
    });
  }

  function readOrder(done) {
    get('/menu-app/order/' + encodeURIComponent(page.orderId), function (error, order) {
      if (!error && (!known.order || order.seq >= known.order.seq)) known.order = order;
      if (!error && order.seq > known.status.seq) adopt(standing(order));
      done(error);
    });
  }

  /** Where an order stands that moved on since its status was read. */
  function standing(order) {
    return {
      status: order.status,
      seq: order.seq,
      estimatedReadyAt: known.status.estimatedReadyAt,
      unansweredSince: order.unansweredSince,
      refundedCents: order.refundedCents,
    };
  }

  function readEvents(done) {
    get(ofOrder('events?after=' + readTo), function (error, events) {
      if (!error) {
        events.data.forEach(function (event) {
          if (event.seq > readTo) note(event);
        });
        readTo = Math.max(readTo, events.lastSeq || 0);
      }
      done(error);
    });
  }

  /** The names of the restaurant and of its location, and its zone: the page can be read without them. */
  function readNames(restaurantId, locationId) {
    var restaurant = '/order-app/restaurants/' + encodeURIComponent(restaurantId);
    once(restaurant, function (data) {
      known.names[0] = data.name;
    });
    if (!locationId) return;
    once(restaurant + '/locations/' + encodeURIComponent(locationId), function (data) {
      known.names[1] = data.name;
      known.zone = data.timezone;
    });
  }

  /** Reads what does not change, until there is an answer. */
  function once(path, take) {
    if (isRead[path]) return;
    isRead[path] = true;
    get(path, function (error, answer) {
      if (error) isRead[path] = error.status === 404;
      else take(answer.data);
      show();
    });
  }

  function poll() {
    timer = null;
    page.read(function (error) {
      if (error && error.status === 404) {
        known.state = 'NOT_FOUND';
        known.status = null;
        known.offline = false;
        show();
        return;
      }
      if (!isFollowed) known.offline = !!error;
      show();
      if (OVER.indexOf(known.state) < 0 || known.status) goOn(error || !known.order ? SOON_MS : POLL_MS);
    });
  }

  function goOn(after) {
    clearTimeout(timer);
    timer = null;
    if (isFollowed) return;
    if (follow && known.order) {
      isFollowed = true;
      follow();
      return;
    }
    timer = setTimeout(poll, after);
  }

  /** Asks at once, where the page waits to ask: the network or the diner is back. */
  function hurry() {
    if (timer !== null && !document.hidden) {
      clearTimeout(timer);
      poll();
    }
  }

  function cancel() {
    at('yes').disabled = true;
    known.refused = null;
    send('POST', ofOrder('cancel'), '{}', function (error, now) {
      at('yes').disabled = false;
      known.refused = error;
      if (!error) adopt(now);
      askBack(false);
      page.read(function () {});
    });
  }

  /** Asks back before it cancels: what is cancelled cannot be had again. */
  function askBack(isAsking) {
    known.asking = isAsking;
    show();
    at(isAsking ? 'sure' : 'cancel').focus();
  }

  function show() {
    page.draw(known);
  }

  function ofOrder(path) {
    return '/order-app/orders/' + encodeURIComponent(page.orderId) + '/' + path;
  }

  function get(path, done) {
    send('GET', path, null, done);
  }

  /** Sends a request, as page.send does, and notes when the server was heard. */
  function send(method, path, body, done) {
    page.send(method, page.api + path, body, function (error, answer, heardAt) {
      known.heardAt = heardAt || known.heardAt;
      done(error, answer);
    });
  }

  at('languages').addEventListener('click', function (event) {
    if (!event.target.lang) return;
    page.choose(event.target.lang);
    show();
  });
  at('cancel').addEventListener('click', function () {
    askBack(true);
  });
  at('keep').addEventListener('click', function () {
    askBack(false);
  });
  at('yes').addEventListener('click', cancel);
  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);

  show();
  if (!page.orderId) {
    known.state = 'NO_ADDRESS';
    show();
  } else if (!page.isKnown(page.api)) {
    known.state = 'UNKNOWN_SERVER';
    show();
  } else {
    poll();
  }
})(window.orderPage);
