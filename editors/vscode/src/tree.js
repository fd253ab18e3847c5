'use strict';
const vscode = require('vscode');
const { hue, style, title } = require('./families');
const { LANES, lanes } = require('./scrollbar');

const BAR = 8;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * A bar of up to eight characters.
 * @param {number} share 0 to 1
 */
function bar(share) {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * BAR * 8);
  const part = EIGHTHS[eighths % 8];
  return '█'.repeat(Math.floor(eighths / 8)) + part;
}

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
  const share = (100 * part) / whole;
  return part > 0 && share < 1 ? '<1\u00a0%' : `${Math.round(share)}\u00a0%`;
}

/**
 * @typedef {{ kind: 'family', family: string, columns: number[] }} FamilyNode
 * @typedef {{ kind: 'feature', column: number }} FeatureNode
 * @typedef {FamilyNode | FeatureNode} Node
 */

/**
 * The families, first the one whose feature stands out most; in each its features in the same order, then those that
 * the document does not have.
 * @param {import('./matrix').Matrix} matrix
 * @returns {FamilyNode[]}
 */
function families(matrix) {
  const absent = matrix.features.map((_, column) => column).filter((column) => !matrix.order.includes(column));
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const column of [...matrix.order, ...absent]) {
    const { family } = matrix.features[column];
    found.set(family, [...(found.get(family) ?? []), column]);
  }
  return [...found].map(([family, columns]) => ({ kind: 'family', family, columns }));
}

/** The view *Features* in the side bar: what the document in front has, what stands out first. */
class FeaturesTree {
  /**
   * @param {() => import('./matrix').View} view
   * @param {() => readonly string[]} chosen features on the scroll bar
   * @param {() => Promise<{ id: string, description: string }[]>} describe the server's list of features
   */
  constructor(view, chosen, describe) {
    this.view = view;
    this.chosen = chosen;
    this.describe = describe;
    /** @type {import('./matrix').Matrix | undefined} */
    this.matrix = undefined;
    /** @type {vscode.EventEmitter<void>} */
    this.emitter = new vscode.EventEmitter();
    this.onDidChangeTreeData = this.emitter.event;
  }

  /** @param {import('./matrix').Matrix | undefined} matrix of the document in front */
  show(matrix) {
    this.matrix = matrix;
    this.emitter.fire();
  }

  /** What stands in the view's place when there is nothing. */
  get message() {
    if (this.matrix === undefined) return 'Open a document that Prism reads to see what it has.';
    if (this.matrix.features.length === 0) return 'The model is being loaded.';
    return this.matrix.unread > 0 ? `Reading: ${percent(this.matrix.read, this.matrix.count)}` : undefined;
  }

  /**
   * @param {Node} [node]
   * @returns {Node[]}
   */
  getChildren(node) {
    if (this.matrix === undefined) return [];
    if (node === undefined) return families(this.matrix);
    return node.kind === 'family' ? node.columns.map((column) => ({ kind: 'feature', column })) : [];
  }

  /** @param {Node} node */
  getTreeItem(node) {
    return node.kind === 'family' ? this.familyItem(node) : this.featureItem(node.column);
  }

  /** @param {FamilyNode} node */
  familyItem({ family, columns }) {
    const item = new vscode.TreeItem(title(family), vscode.TreeItemCollapsibleState.Expanded);
    const some = columns.some((column) => this.matrix?.present[column]);
    item.id = some ? family : `${family}, absent`; // VS Code remembers by it what is open, and more may be read
    if (!some) item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
    return item;
  }

  /** @param {number} column */
  featureItem(column) {
    const matrix = /** @type {import('./matrix').Matrix} */ (this.matrix);
    const { id, name, family, density } = matrix.features[column];
    const view = this.view();
    const focused = view.mode === 'focus' && view.focus === id;
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
    const lane = lanes(matrix, view, this.chosen()).find((each) => each.column === column)?.lane;
    const read = matrix.read || 1;
    const there = matrix.present[column] ?? 0;
    const where = lane && LANES.includes(lane) ? ` · ${lane}` : '';
    item.id = `${family}/${id}`;
    item.description = `${percent(there, read)} ${bar(there / read)}${focused ? ' · shown alone' : where}`.trimEnd();
    const shape = { plain: 'circle-filled', italic: 'circle-outline', underline: 'record' }[style(family)];
    item.iconPath = new vscode.ThemeIcon(focused ? 'eye' : shape, new vscode.ThemeColor(`prism.${hue(family)}`));
    const usual = density > 0 ? `; ordinary prose: ${percent(density, 1)}` : '';
    const on = where && `; ${lane} lane of the scroll bar`;
    const told = `${name}: in ${there} of ${matrix.read} sentences${usual}${on}`;
    item.tooltip = told;
    item.accessibilityInformation = { label: `${told}${focused ? ', shown alone' : ''}` };
    item.command = focused
      ? { command: 'prism.clearFocus', title: 'Show each sentence’s strongest feature again' }
      : { command: 'prism.focus', title: 'Show this feature alone', arguments: [id] };
    return item;
  }

  /**
   * VS Code asks for the tooltip when it is to be shown: the feature's description comes from the server.
   * @param {vscode.TreeItem} item
   * @param {Node} node
   */
  async resolveTreeItem(item, node) {
    if (node.kind !== 'feature') return item;
    const id = this.matrix?.features[node.column]?.id;
    const known = await this.describe().catch(() => []);
    const description = known.find((feature) => feature.id === id)?.description;
    if (description) item.tooltip = `${description}\n\n${item.tooltip}`;
    return item;
  }

  dispose() {
    this.emitter.dispose();
  }
}

module.exports = { FeaturesTree, bar, families };
