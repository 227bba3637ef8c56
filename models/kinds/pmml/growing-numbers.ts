/**
 * Typed arrays that grow, for what a file is read into before its length is known: a class per type of array, so that each line
 * of code sees one type.
 */

/** A growing array of 32-bit integers. */
export class GrowingIntegers {
  private items = new Int32Array(16);
  length = 0;

  /** Appends a value and returns its index. */
  push(value: number): number {
    if (this.length === this.items.length) {
      const longer = new Int32Array(2 * this.items.length);
      longer.set(this.items);
      this.items = longer;
    }
    this.items[this.length] = value;
    return this.length++;
  }

  get(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  /** The values as an array of their own. */
  toArray(): Int32Array {
    return this.items.slice(0, this.length);
  }
}

/** A growing array of 64-bit floating-point numbers. */
export class GrowingFloats {
  private items = new Float64Array(16);
  length = 0;

  /** Appends a value and returns its index. */
  push(value: number): number {
    if (this.length === this.items.length) {
      const longer = new Float64Array(2 * this.items.length);
      longer.set(this.items);
      this.items = longer;
    }
    this.items[this.length] = value;
    return this.length++;
  }

  get(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  /** The values as an array of their own. */
  toArray(): Float64Array {
    return this.items.slice(0, this.length);
  }
}
