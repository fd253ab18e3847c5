'use strict';
// What the bytes of a spectrum mean, and rows of them in the place of others. No DOM, no vscode.

/** The byte of a sentence that has not been read. */
const UNREAD = 255;
/** The byte of an activation of 1. */
const ONE = 127;
/** Of 0.5: what is weaker is not present. */
const PRESENT = 64;
/** Of 0.1: what is weaker is absent, and not seen at all. */
const FAINT = 13;

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} deleteCount
 * @param {Uint8Array} inserted
 */
function splice(bytes, start, deleteCount, inserted) {
  const result = new Uint8Array(bytes.length - deleteCount + inserted.length);
  result.set(bytes.subarray(0, start));
  result.set(inserted, start);
  result.set(bytes.subarray(start + deleteCount), start + inserted.length);
  return result;
}

module.exports = { FAINT, ONE, PRESENT, UNREAD, splice };
