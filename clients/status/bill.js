/** What was ordered, how far each dish is, and what it comes to. ECMAScript 5, without modules. */

(function (page) {
  'use strict';

  var el = page.el;

  /** One list entry for each kind of dish: an order holds one item per unit, people read "2 × Flat white". */
  page.lines = function (order, status) {
    var givenBack = order.refundedItemIds || [];
    return kinds(order.items).map(function (units) {
      var item = units[0];
      var extras = choices(item).concat(item.notes || []);
      return el('li', '', [
        el('p', 'row', [
          el('span', '', [units.length > 1 ? units.length + ' × ' : '', page.isolated(item.name)]),
          el('span', 'numbers', page.money(item.priceCents * units.length)),
        ]),
        extras.map(function (extra) {
          return el('p', 'extra', extra);
        }),
        mark(units, givenBack, status),
      ]);
    });
  };

  /** How many of the dishes that are still to come are ready, and how many there are. */
  page.progress = function (order) {
    var units = order.items.filter(function (item) {
      return (order.refundedItemIds || []).indexOf(item.id) < 0;
    });
    return { ready: units.filter(isReady).length, all: units.length };
  };

  /** What the order comes to: name and sum of each part. What is given back is taken off at the end. */
  page.amounts = function (order, refundedCents) {
    var isSplit = order.subtotalCents > 0;
    var tip = order.tipCents || 0;
    return [
      isSplit && row(page.word('subtotal'), order.subtotalCents),
      isSplit && order.taxCents > 0 && row(page.word('tax'), order.taxCents),
      discounts(order),
      tip > 0 && row(page.word('tip'), tip),
      row(page.word(isSplit ? 'total' : 'total_with_tax'), order.totalPriceCents + tip, 'total'),
      refundedCents > 0 && row(page.word('refunded'), -refundedCents, 'back'),
    ];
  };

  function discounts(order) {
    var parts = order.discounts || (order.discount ? [order.discount] : []);
    return parts.map(function (part) {
      var name = part.name ? [': ', page.isolated(part.name)] : '';
      return part.amountCents > 0 && row([page.word('discount'), name], -part.amountCents);
    });
  }

  function row(name, cents, style) {
    return el('div', style, [el('dt', '', name), el('dd', '', page.money(cents))]);
  }

  function kinds(items) {
    var found = [];
    var placeOf = {};
    items.forEach(function (item) {
      var key = JSON.stringify([item.name, choices(item), item.notes || '', item.priceCents]);
      if (!placeOf.hasOwnProperty(key)) placeOf[key] = found.push([]) - 1;
      found[placeOf[key]].push(item);
    });
    return found;
  }

  /** What was chosen for an item, one string per line: its variant, then each modifier with its options. */
  function choices(item) {
    var modifiers = (item.modifiers || []).filter(function (modifier) {
      return modifier.options && modifier.options.length;
    });
    return (item.variants || []).map(nameOf).concat(
      modifiers.map(function (modifier) {
        return modifier.name + ': ' + modifier.options.map(nameOf).join(', ');
      })
    );
  }

  function nameOf(chosen) {
    return chosen.name;
  }

  /** What became of these units: given back, else, while the kitchen is at it, how far they are. */
  function mark(units, givenBack, status) {
    var back = units.filter(function (unit) {
      return givenBack.indexOf(unit.id) >= 0;
    }).length;
    if (back === units.length) return el('p', 'mark back', page.word('given_back'));
    return [
      back > 0 && el('p', 'mark back', page.say('some_given_back', { some: back, all: units.length })),
      status === 'ACCEPTED' && progressOf(units, givenBack),
    ];
  }

  function progressOf(units, givenBack) {
    var made = units.filter(function (unit) {
      return givenBack.indexOf(unit.id) < 0;
    });
    var ready = made.filter(isReady).length;
    if (ready === made.length) return el('p', 'mark ready', page.word('ready'));
    if (ready > 0) return el('p', 'mark', page.say('progress', { ready: ready, all: made.length }));
    return made.some(isStarted) && el('p', 'mark', page.word('making'));
  }

  function isReady(unit) {
    return !!unit.completedAt;
  }

  function isStarted(unit) {
    return !!unit.startedAt;
  }
})(window.orderPage);
