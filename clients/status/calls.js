/** Calls to the API: which servers may be asked, and JSON in and out. ECMAScript 5, without modules. */

(function (page) {
  'use strict';

  var DEADLINE_MS = 8000;

  var policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]').content;
  var here = location.protocol + '//' + location.host;

  /** The servers that this page's own policy lists (connect-src): the browser connects to no other one. */
  var servers = /connect-src ([^;]*)/
    .exec(policy)[1]
    .split(/\s+/)
    .map(function (source) {
      return source === "'self'" ? here : source;
    });

  /** Whether an API is of a server that this page may ask. */
  page.isKnown = function (api) {
    return servers.indexOf(parsedUrl(api).origin) >= 0;
  };

  /** The API of the first server that the policy lists, rather one of this page's own host: as in live/servers.js. */
  page.ownApi = function () {
    var others = servers.filter(function (server) {
      return /^http/.test(server) && server !== here;
    });
    var near = others.filter(function (server) {
      return parsedUrl(server).host === location.hostname;
    });
    return (near[0] || others[0] || here) + '/api/v1';
  };

  /**
   * Sends a request.
   *
   * @param done  called with null, the answer's JSON, and when the server sent it (ms since 1970, its clock); or with
   *              what went wrong: {status, body}, the status 0 where no answer came
   */
  page.send = function (method, url, body, done) {
    var request = new XMLHttpRequest();
    request.open(method, url);
    request.timeout = DEADLINE_MS;
    if (body) request.setRequestHeader('content-type', 'application/json');
    request.onload = function () {
      var answer = parsed(request.responseText);
      if (request.status === 200 && answer !== null) {
        done(null, answer, Date.parse(request.getResponseHeader('date')) || new Date().getTime());
      } else {
        done({ status: statusOf(request.status, answer), body: answer || {} });
      }
    };
    request.onerror = request.ontimeout = request.onabort = function () {
      done({ status: 0, body: {} });
    };
    request.send(body);
  };

  /** As in live/api.js: a bare 4xx is not the API's, and says as little of an order as a 503. */
  function statusOf(status, answer) {
    if (status === 200) return 0;
    return status < 500 && answer === null ? 503 : status;
  }

  /** Runs all jobs at once, and calls `done` with one of their errors, or with null. */
  page.all = function (jobs, done) {
    var left = jobs.length;
    var failure = null;
    if (!left) done(null);
    jobs.forEach(function (job) {
      job(function (error) {
        failure = failure || error;
        left -= 1;
        if (!left) done(failure);
      });
    });
  };

  function parsedUrl(url) {
    var link = document.createElement('a');
    link.href = url;
    return { origin: link.protocol + '//' + link.host, host: link.hostname };
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch (malformed) {
      return null;
    }
  }
})(window.orderPage);
