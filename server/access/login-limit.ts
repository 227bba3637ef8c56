/**
 * Limits failed logins in bounded memory: those of one address, and the rate of all together. The latter only slows down, so that nobody
 * can keep the others out.
 */

/** Failures of an address before it has to wait, and the milliseconds after which one more is allowed. */
const PER_ADDRESS = { burst: 10, interval: 30_000 };
const ALL = { burst: 200, interval: 50 };
const MAX_ADDRESSES = 10_000;

/** Failures that have not been forgiven, at a time. */
interface Failures {
  count: number;
  at: number;
}

export class LoginLimit {
  readonly #addresses = new Map<string, Failures>();
  readonly #all: Failures = { count: 0, at: 0 };

  /** Seconds after which an address may try again; 0 if it may now. */
  toWait(address: string | undefined, now = Date.now()): number {
    const own = this.#addresses.get(toNetwork(address));
    return Math.max(own ? wait(own, PER_ADDRESS, now) : 0, wait(this.#all, ALL, now));
  }

  /** Counts a failure; of too many addresses, the oldest is forgotten. */
  noteFailure(address: string | undefined, now = Date.now()): void {
    const network = toNetwork(address);
    const own = this.#addresses.get(network) ?? { count: 0, at: now };
    this.#addresses.delete(network);
    this.#addresses.set(network, own);
    if (this.#addresses.size > MAX_ADDRESSES) this.#addresses.delete(this.#addresses.keys().next().value as string);
    add(own, PER_ADDRESS, now);
    add(this.#all, ALL, now);
  }

  /** Forgets the failures of an address. */
  noteSuccess(address: string | undefined): void {
    this.#addresses.delete(toNetwork(address));
  }
}

function left({ count, at }: Failures, interval: number, now: number): number {
  return Math.max(0, count - Math.max(0, now - at) / interval);
}

function add(failures: Failures, { interval }: typeof ALL, now: number): void {
  failures.count = left(failures, interval, now) + 1;
  failures.at = now;
}

function wait(failures: Failures, { burst, interval }: typeof ALL, now: number): number {
  const excess = left(failures, interval, now) - (burst - 1);
  return excess > 0 ? Math.ceil((excess * interval) / 1000) : 0;
}

/** The first 64 bits of an IPv6 address: one subscriber has all of the others. */
function toNetwork(address = 'unknown'): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const before = head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const all = address.includes('::')
    ? [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
    : before;
  return all.slice(0, 4).join(':');
}
