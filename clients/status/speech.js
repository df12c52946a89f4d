/** How the page speaks: in which language, with which money and which time of day. ECMAScript 5, without modules. */

(function (page) {
  'use strict';

  /** The key that the existing apps, and live/language.js, keep a choice under, too. */
  var CHOSEN = 'ob.lang';

  /** What the address asks for, by name; null where it does not. */
  page.asked = function (name) {
    var match = new RegExp('[?&]' + name + '=([^&]*)').exec(location.search);
    try {
      return match && decodeURIComponent(match[1].replace(/\+/g, ' '));
    } catch (malformed) {
      return null;
    }
  };

  /** The first or second id behind /status/ in the address; null where there is none. */
  page.inPath = function (number) {
    var match = /\/status\/([^/]+)\/([^/]+)\/?$/.exec(location.pathname);
    try {
      return match && decodeURIComponent(match[number]);
    } catch (malformed) {
      return null;
    }
  };

  var tag = found();

  page.language = function () {
    return tag;
  };

  /** Speaks another language from now on, on all pages of this address. */
  page.choose = function (other) {
    tag = other;
    try {
      localStorage.setItem(CHOSEN, other);
    } catch (refused) {
      // A browser that keeps nothing speaks it until the page is left.
    }
  };

  /** What there is to say about a key in the page's language: a text, a list of texts, or a table of them. */
  page.word = function (key) {
    return page.words[tag][key];
  };

  /** A sentence with its {names} filled in. */
  page.say = function (key, values) {
    return page.word(key).replace(/\{(\w+)\}/g, function (whole, name) {
      return String(values[name]);
    });
  };

  /** A sentence of the server in the page's language, where it is one that the page knows. */
  page.told = function (sentence) {
    var known = page.serverWords[sentence];
    return (known && known[tag]) || sentence;
  };

  /** 1250 -> "$12.50", as the language writes it. */
  page.money = function (cents) {
    if (!window.Intl) return '$' + (cents / 100).toFixed(2);
    return new Intl.NumberFormat(page.word('locale'), { style: 'currency', currency: 'USD' }).format(cents / 100);
  };

  /**
   * A moment as the time of day, as the language writes it.
   *
   * @param zone  an IANA name; without one, or with one that this browser does not know, it is this device's time
   */
  page.clock = function (moment, zone, withSeconds) {
    var date = new Date(moment);
    var parts = { hour: 'numeric', minute: '2-digit' };
    if (withSeconds) parts.second = '2-digit';
    if (!window.Intl) return date.toLocaleTimeString();
    if (zone) parts.timeZone = zone;
    try {
      return new Intl.DateTimeFormat(page.word('locale'), parts).format(date);
    } catch (unknownZone) {
      delete parts.timeZone;
      return new Intl.DateTimeFormat(page.word('locale'), parts).format(date);
    }
  };

  /** What was chosen here, else what the address asks for, else the browser's, else English: as in live/language.js. */
  function found() {
    var wanted = [kept(), page.asked('lang')].concat(navigator.languages || [navigator.language]);
    for (var index = 0; index < wanted.length; index += 1) {
      var short = String(wanted[index]).toLowerCase().slice(0, 2);
      if (Object.keys(page.words).indexOf(short) >= 0) return short;
    }
    return 'en';
  }

  function kept() {
    try {
      return localStorage.getItem(CHOSEN);
    } catch (refused) {
      return null;
    }
  }
})(window.orderPage);
