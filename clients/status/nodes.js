/** Elements made from text, never from HTML, and put in only where something changed. ECMAScript 5, without modules. */

(function (page) {
  'use strict';

  page.at = function (id) {
    return document.getElementById(id);
  };

  /** An element with its class and its children; strings become text, null and false vanish. */
  page.el = function (tag, style, children) {
    var node = document.createElement(tag);
    if (style) node.className = style;
    append(node, children);
    return node;
  };

  /** What a guest or a restaurant wrote, as a text of its own: a name that is read from the right moves nothing. */
  page.isolated = function (text) {
    var node = page.el('bdi', '', text);
    node.setAttribute('dir', 'auto');
    return node;
  };

  /** Shows a text; a screen reader hears of it only where it is another one. An empty one is hidden. */
  page.setText = function (id, text) {
    var node = page.at(id);
    if (node.textContent !== text) node.textContent = text;
    node.hidden = !text;
  };

  /** Shows these children; what looks the same stays as it is. */
  page.fill = function (id, children) {
    var node = page.at(id);
    var fresh = node.cloneNode(false);
    append(fresh, children);
    if (fresh.isEqualNode(node)) return;
    while (node.firstChild) node.removeChild(node.firstChild);
    while (fresh.firstChild) node.appendChild(fresh.firstChild);
  };

  function append(node, children) {
    if (Array.isArray(children)) {
      children.forEach(function (child) {
        append(node, child);
      });
    } else if (children !== null && children !== undefined && children !== false && children !== '') {
      node.appendChild(typeof children === 'string' ? document.createTextNode(children) : children);
    }
  }
})(window.orderPage);
