'use strict';
// Processes by what the system tells of them in /proc (Linux).
const fs = require('node:fs');

/**
 * @typedef {object} Process
 * @property {number} id
 * @property {number} parent
 * @property {string} words its command line
 */

/**
 * What runs now; one that has ended and was not yet waited for does not.
 * @returns {Process[]}
 */
function all() {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const words = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return state === 'Z' ? [] : [{ id: Number(name), parent: Number(parent), words }];
      } catch {
        return []; // it has just ended
      }
    });
}

/**
 * The children of a process, their children, and so on.
 * @param {number} id
 * @param {Process[]} [among]
 * @returns {Process[]}
 */
function below(id, among = all()) {
  return among.filter(({ parent }) => parent === id).flatMap((child) => [child, ...below(child.id, among)]);
}

/**
 * Prism's server and its engine, among the processes below this one.
 * @param {number} id
 * @returns {{ server: Process, engine: Process } | undefined} undefined: not both are there
 */
function prism(id) {
  const running = below(id);
  const server = running.find(({ words }) => /prism[-_]lsp/.test(words) && !words.includes('server-main'));
  const engine = server && running.find(({ parent }) => parent === server.id);
  return server && engine && { server, engine };
}

module.exports = { all, below, prism };
