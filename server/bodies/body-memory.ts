import { tooBusy } from '../admission.ts';

/** The bytes of each body that are not counted: short requests are not rejected because of long ones. */
const UNCOUNTED = 2 ** 16;

/** Limits the bytes of all bodies that are in memory, from their first byte until the replies have been read. */
export class BodyMemory {
  readonly #maxBytes: number;
  #bytes = 0;
  #rejected = 0;

  /** @param maxBytes a body that is alone may be larger */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The counted bytes of all bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The bytes that they may have. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** How many bodies were rejected because it was used up. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Opens the account of one request; it must be released. */
  openShare(): BodyShare {
    return new BodyShare((bytes, counted, isRefusable) => {
      if (isRefusable && bytes > 0 && this.#bytes > counted && this.#bytes + bytes > this.#maxBytes) {
        this.#rejected += 1;
        throw tooBusy();
      }
      this.#bytes += bytes;
    });
  }
}

/** What one request takes of the memory for bodies. */
export class BodyShare {
  readonly #add: (bytes: number, counted: number, isRefusable: boolean) => void;
  #bytes = 0;
  #counted = 0;

  /** @param add adds bytes to those of all bodies; throws when that is too much, considering what is counted of this one */
  constructor(add: (bytes: number, counted: number, isRefusable: boolean) => void) {
    this.#add = add;
  }

  /**
   * Takes more bytes, or gives some back (a negative number).
   * @throws {EngineError} too_busy when all bodies together would be too large
   */
  take(bytes: number): void {
    this.#count(this.#bytes + bytes, true);
  }

  /** Replaces the body by its reply, which is sent in any case. */
  replace(bytes: number): void {
    this.#count(bytes, false);
  }

  /** Gives everything back. */
  release(): void {
    this.#count(0, false);
  }

  #count(bytes: number, isRefusable: boolean): void {
    const counted = Math.max(0, bytes - UNCOUNTED);
    this.#add(counted - this.#counted, this.#counted, isRefusable);
    this.#bytes = bytes;
    this.#counted = counted;
  }
}
