'use strict';

/**
 * Stands in for the native add-on `epoll` in the bundle. onoff makes one for every pin, outputs included, but only
 * watching an input uses it, which the agent never does.
 */
class Epoll {
  add() {
    throw new Error('This build of onoff cannot watch inputs: it carries no native add-on.');
  }

  remove() {
    return this;
  }

  close() {
    return this;
  }
}

module.exports = { Epoll };
