/**
 * Parses a PMML file. It is read piece by piece with saxes; document types, and so entities, are refused, and depth and
 * counts are limited, so that time and memory are linear in the size of the file.
 */
import { SaxesParser } from 'saxes';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { MAX_NODES } from '../../forest/check-ensemble.ts';
import { isPredicate, RawTree } from './raw-tree.ts';
import { fail, splitItems, toName } from './place.ts';
import { type XmlElement } from './xml-element.ts';

/** How deep nodes of trees may nest, and other elements. */
const MAX_NODE_DEPTH = 10_000;
const MAX_DEPTH = 100;
/** How many elements a file may have besides the nodes of trees and what is in them. */
const MAX_ELEMENTS = 3_000_000;
/** How many bytes are decoded at a time. */
const CHUNK = 2 ** 16;

const ENCODINGS = ['utf-8', 'us-ascii', 'iso-8859-1', 'iso-8859-15', 'windows-1252', 'windows-1251', 'utf-16'];

/** Whether the content of a file looks like PMML, whatever its version. */
export function isPmml(bytes: Uint8Array): boolean {
  const label = findByteOrderMark(bytes);
  const start = new TextDecoder(label ?? 'latin1').decode(bytes.subarray(0, CHUNK));
  let at = label || !start.startsWith('ï»¿') ? 0 : 3;
  for (;;) {
    while (/\s/.test(start.charAt(at))) at++;
    const end = start.startsWith('<?', at)
      ? '?>'
      : start.startsWith('<!--', at)
        ? '-->'
        : start.startsWith('<!DOCTYPE', at)
          ? '>'
          : undefined;
    if (end === undefined) return /^<(?:[\w.-]{1,40}:)?PMML[\s/>]/.test(start.slice(at, at + 60));
    const next = start.indexOf(end, at);
    if (next < 0) return false;
    at = next + end.length;
  }
}

function findByteOrderMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function* decode(bytes: Uint8Array, place: string): Generator<string> {
  const mark = findByteOrderMark(bytes);
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declared = /^<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1]?.toLowerCase();
  if (declared !== undefined && !ENCODINGS.includes(declared))
    throw new DeploymentError([`${place}:1: expected the encoding UTF-8`]);
  const decoder = new TextDecoder(mark ?? declared ?? 'utf-8', { fatal: true });
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const isLast = at + CHUNK >= bytes.length;
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(at, at + CHUNK), { stream: !isLast });
    } catch (cause) {
      const expected = `expected text in the encoding ${mark ?? declared ?? 'UTF-8'}`;
      throw new DeploymentError([`${place}: ${expected}`], { cause });
    }
    yield text;
  }
}

/**
 * Parses a file into its root element, which is PMML. Extensions are left out: they do not change what a model computes.
 * @throws {DeploymentError} that names the line
 */
export function parseDocument(bytes: Uint8Array, place: string): XmlElement {
  const builder = new DocumentBuilder(place);
  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.on('error', (error) => fail({ place, line: parser.line }, `expected XML: ${toReason(error)}`));
  parser.on('doctype', () =>
    fail({ place, line: parser.line }, 'a document type is not supported: remove <!DOCTYPE …> and its entities'),
  );
  parser.on('opentag', ({ name, attributes }) => builder.open(name, attributes, parser.line));
  parser.on('closetag', () => builder.close());
  parser.on('text', (text) => builder.addText(text));
  parser.on('cdata', (text) => builder.addText(text));
  for (const text of decode(bytes, place)) parser.write(text);
  parser.close();
  return builder.root ?? fail({ place, line: 1 }, 'expected the element PMML');
}

/** The message of saxes without its position, which comes first. */
function toReason({ message }: Error): string {
  return message.replace(/^(?:undefined:)?\d+:\d+: /, '').slice(0, 120);
}

/** What an open element is: an element, a node or predicate of a tree, or something that is left out. */
const SORT = { element: 0, node: 1, predicate: 2, set: 3, skipped: 4 } as const;
type Sort = (typeof SORT)[keyof typeof SORT];

/** Builds elements and trees from the parser's events. */
class DocumentBuilder {
  root: XmlElement | undefined;
  private readonly place: string;
  private count = 0;
  private nodeCount = 0;
  /** The open elements: the sort of each and, by sort, what it is. */
  private readonly sorts: Sort[] = [];
  private readonly elements: XmlElement[] = [];
  /** Nodes and predicates that are open, by index, with the last child of each. */
  private readonly indexes: number[] = [];
  private readonly lastChildren: number[] = [];
  private tree: RawTree | undefined;
  private setText = '';

  constructor(place: string) {
    this.place = place;
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    const parent = this.sorts.at(-1);
    const at = { place: this.place, line };
    if (parent === SORT.skipped || name === 'Extension') {
      // In files of R before PMML 4.2, continuous inputs are in an Extension; engines take them, or do not.
      if (name === 'BayesInput')
        fail(at, 'a BayesInput in an Extension is not supported: move it out, which PMML 4.2 and later allow');
      this.push(SORT.skipped, at);
    } else if (parent === undefined || parent === SORT.element) {
      const owner = this.elements.at(-1);
      if (name === 'Node' && owner?.name === 'TreeModel') {
        if (owner.tree) fail(at, 'expected one root Node');
        this.tree = owner.tree = new RawTree(this.place);
        this.openNode(attributes, at);
      } else this.openElement(name, attributes, at, owner);
    } else this.openInTree(parent, name, attributes, at);
  }

  private push(sort: Sort, at: { place: string; line: number }): void {
    const depth = this.sorts.push(sort);
    const isNode = sort === SORT.node;
    if (depth > (isNode ? MAX_NODE_DEPTH : this.countShallow(depth)))
      fail(at, `expected at most ${isNode ? MAX_NODE_DEPTH : MAX_DEPTH} levels of elements`);
  }

  /** The max depth of an element that is no node: that of the innermost node, and some more. */
  private countShallow(depth: number): number {
    let nodes = depth - 1;
    while (nodes > 0 && depth - nodes <= MAX_DEPTH && this.sorts[nodes - 1] !== SORT.node) nodes--;
    return depth - nodes <= MAX_DEPTH && nodes > 0 ? depth : MAX_DEPTH;
  }

  private openElement(
    name: string,
    attributes: Readonly<Record<string, string>>,
    at: { place: string; line: number },
    owner: XmlElement | undefined,
  ): void {
    if (!owner && name !== 'PMML')
      fail(at, `expected the element PMML without a prefix, not ${toName(name)}; declare its namespace with xmlns="…"`);
    if (++this.count > MAX_ELEMENTS) fail(at, `expected at most ${MAX_ELEMENTS} elements`);
    this.push(SORT.element, at);
    const element: XmlElement = { name, attributes, children: [], text: '', ...at };
    if (owner) owner.children.push(element);
    else this.root = element;
    this.elements.push(element);
  }

  private openNode(attributes: Readonly<Record<string, string>>, at: { place: string; line: number }): void {
    const tree = this.tree as RawTree;
    if (++this.nodeCount > MAX_NODES) fail(at, `expected at most ${MAX_NODES} nodes`);
    this.push(SORT.node, at);
    const node = tree.addNode(attributes, at.line);
    if (this.indexes.length > 0) {
      const last = this.lastChildren.length - 1;
      const sibling = this.lastChildren[last] as number;
      if (sibling < 0) tree.firstChild.set(this.indexes[last] as number, node);
      else tree.nextSibling.set(sibling, node);
      this.lastChildren[last] = node;
    }
    this.indexes.push(node);
    this.lastChildren.push(-1);
  }

  private openInTree(
    parent: Sort,
    name: string,
    attributes: Readonly<Record<string, string>>,
    at: { place: string; line: number },
  ): void {
    const tree = this.tree as RawTree;
    const { predicates } = tree;
    const owner = this.indexes.at(-1) as number;
    if (parent === SORT.node && name === 'Node') return this.openNode(attributes, at);
    if (parent === SORT.node && name === 'ScoreDistribution') {
      tree.addShare(owner, attributes, at.line);
      return this.push(SORT.skipped, at);
    }
    // Statistics about the training data.
    if (parent === SORT.node && name === 'Partition') return this.push(SORT.skipped, at);
    const isCompound = parent === SORT.predicate && predicates.operator.get(owner) >= 12;
    if (isPredicate(name) && (parent === SORT.node || isCompound)) {
      if (++this.nodeCount > 4 * MAX_NODES) fail(at, `expected at most ${4 * MAX_NODES} predicates`);
      const index = predicates.add(name, attributes, at.line);
      if (parent === SORT.node) {
        if (tree.predicate.get(owner) >= 0) fail(at, 'expected one predicate in Node');
        tree.predicate.set(owner, index);
      } else {
        const last = this.lastChildren.length - 1;
        this.lastChildren[last] = predicates.link(owner, this.lastChildren[last] as number, index);
      }
      this.push(SORT.predicate, at);
      this.indexes.push(index);
      this.lastChildren.push(-1);
      return;
    }
    const isSet = parent === SORT.predicate && predicates.operator.get(owner) >= 10;
    if (name === 'Array' && isSet && !isCompound) {
      this.setText = '';
      return this.push(SORT.set, at);
    }
    fail(
      at,
      `the element ${toName(name)} in ${parent === SORT.node ? 'Node' : 'a predicate of a Node'} is not supported`,
    );
  }

  addText(text: string): void {
    const sort = this.sorts.at(-1);
    if (sort === SORT.set) this.setText += text;
    else if (sort === SORT.element) {
      const element = this.elements.at(-1) as XmlElement;
      // The blanks between elements are not kept.
      if (element.text !== '' || text.trim() !== '') element.text += text;
    }
  }

  close(): void {
    const sort = this.sorts.pop();
    if (sort === SORT.element) this.elements.pop();
    if (sort === SORT.set) {
      const { predicates } = this.tree as RawTree;
      const owner = this.indexes.at(-1) as number;
      predicates.addSet(owner, splitItems(this.setText) ?? predicates.fail(owner, 'expected a quote at the end'));
    }
    if (sort !== SORT.node && sort !== SORT.predicate) return;
    const index = this.indexes.pop() as number;
    this.lastChildren.pop();
    const { predicates } = this.tree as RawTree;
    if (sort === SORT.predicate) predicates.finish(index);
    if (this.indexes.length === 0) this.tree = undefined;
  }
}
