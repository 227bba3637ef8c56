/** Whether a forest that is being grown will be small enough for the engine that is to serve it. */
import { MAX_FILE_BYTES } from '../../catalogue/load-deployment.ts';
import { CommandError } from '../../errors/command-error.ts';
import { MAX_NODES } from '../../models/forest/check-ensemble.ts';
import { findFreeMemory, toMiB } from '../free-memory.ts';

/** A tree as its thread returns it. */
export interface GrownTree {
  /** Its JSON, compressed (forest-json.ts), and the bytes that it has in UTF-8. */
  readonly json: Uint8Array;
  readonly bytes: number;
  readonly nodes: number;
  /** The values in leaves of more than one class. */
  readonly values: number;
  /** The features that it splits. */
  readonly used: Int32Array;
}

/** After this many trees, their mean says how large the forest will be. */
const ENOUGH = 3;
/** Trees differ: a forest that is expected to exceed a limit by less than this is grown until it does. */
const MARGIN = 1.1;
/** What a node takes while a forest is loaded, and a value of a leaf, in bytes. */
const NODE_BYTES = 80;
const VALUE_BYTES = 24;

/** What a forest may have at most. */
export interface SizeLimits {
  /** The size of model.json. */
  readonly bytes: number;
  readonly nodes: number;
  /** The memory for loading it, in bytes. */
  readonly memory: number;
}

/**
 * Builds a check that is called with each tree that has been grown.
 * @param trees the number of trees that will be grown
 * @throws {CommandError} (the check) as soon as the forest exceeds a limit, or clearly will
 */
export function buildSizeCheck(trees: number, limits: SizeLimits = findLimits()): (tree: GrownTree) => void {
  let count = 0;
  const sizes = { bytes: 0, nodes: 0, memory: 0 };
  return ({ bytes, nodes, values }) => {
    count += 1;
    sizes.bytes += bytes;
    sizes.nodes += nodes;
    sizes.memory += NODE_BYTES * nodes + VALUE_BYTES * values;
    for (const key of ['bytes', 'nodes', 'memory'] as const) {
      const [size, limit] = [sizes[key], limits[key]];
      const expected = (size / count) * trees;
      if (size <= limit && (count < ENOUGH || expected <= MARGIN * limit)) continue;
      const fitting = Math.floor((limit / size) * count);
      throw new CommandError(
        `A forest of ${trees} such trees would ${DESCRIPTIONS[key](expected, limit)}. Choose ${fitting > 0 ? `at most --trees ${fitting}, or ` : ''}smaller trees: a larger --min-leaf, or a lower --max-depth.`,
      );
    }
  };
}

const DESCRIPTIONS = {
  bytes: (size: number, limit: number) => `have ${toMiB(size)} as model.json; an engine loads at most ${toMiB(limit)}`,
  nodes: (size: number, limit: number) => `have ${Math.round(size)} nodes; an engine loads at most ${limit}`,
  memory: (size: number, limit: number) =>
    `take ${toMiB(size)} of memory when it is loaded, of which ${toMiB(limit)} are free`,
} as const satisfies Record<keyof SizeLimits, (size: number, limit: number) => string>;

function findLimits(): SizeLimits {
  return { bytes: MAX_FILE_BYTES, nodes: MAX_NODES, memory: findFreeMemory() };
}
