/**
 * Limits how many bodies may be arriving at the same time, altogether and from one address. Beyond that, the slowest one gives way
 * to a new one: callers who trickle their bodies lose their places to those who do not. Bodies that arrive with their headers, as
 * short ones do, need no place.
 */
import { EngineError } from '../../errors/engine-error.ts';

const MAX_BODIES = 512;
const MAX_PER_ADDRESS = 256;
/** The bytes that each body is credited with, so that one that has just begun is not the slowest. */
const CREDIT = 2 ** 16;

interface Body {
  readonly address: string | undefined;
  readonly start: number;
  bytes: number;
  readonly giveWay: (error: EngineError) => void;
}

/** A body that is arriving. */
export interface ArrivingBody {
  /** Must be called with the length of each chunk. */
  add(bytes: number): void;
  /** Must be called when nothing more is read of it. */
  leave(): void;
}

export class ArrivingBodies {
  readonly #maxBodies: number;
  readonly #maxPerAddress: number;
  readonly #byAddress = new Map<string | undefined, Set<Body>>();
  #count = 0;
  #evicted = 0;

  constructor({ maxBodies = MAX_BODIES, maxPerAddress = MAX_PER_ADDRESS } = {}) {
    this.#maxBodies = maxBodies;
    this.#maxPerAddress = maxPerAddress;
  }

  /** The bodies that are arriving. */
  get count(): number {
    return this.#count;
  }

  /** How many have had to give way since the start. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Takes a place.
   * @param address of the caller; undefined if it is not known
   * @param giveWay called with the reason when the body has lost its place
   */
  enter(address: string | undefined, giveWay: (error: EngineError) => void): ArrivingBody {
    const own = this.#byAddress.get(address) ?? new Set();
    if (address !== undefined && own.size >= this.#maxPerAddress) this.#evict(own);
    else if (this.#count >= this.#maxBodies) this.#evict(this.#findLargest());
    const body: Body = { address, start: performance.now(), bytes: CREDIT, giveWay };
    this.#byAddress.set(address, own.add(body));
    this.#count += 1;
    return {
      add: (bytes) => void (body.bytes += bytes),
      leave: () => this.#remove(body),
    };
  }

  /** The bodies of the address that has most of them. */
  #findLargest(): Set<Body> {
    return [...this.#byAddress.values()].reduce((largest, bodies) => (bodies.size > largest.size ? bodies : largest));
  }

  #evict(bodies: ReadonlySet<Body>): void {
    const now = performance.now();
    const toRate = ({ bytes, start }: Body) => bytes / Math.max(now - start, 1);
    const slowest = [...bodies].reduce((slowest, body) => (toRate(body) < toRate(slowest) ? body : slowest));
    this.#remove(slowest);
    this.#evicted += 1;
    slowest.giveWay(
      new EngineError(
        'too_busy',
        'The engine is busy, and this body arrives more slowly than others. Retry in a moment.',
      ),
    );
  }

  #remove(body: Body): void {
    const bodies = this.#byAddress.get(body.address);
    if (bodies?.delete(body) !== true) return;
    this.#count -= 1;
    if (bodies.size === 0) this.#byAddress.delete(body.address);
  }
}
