import type { JsonWriter } from './json-writer.ts';

/** A value that is JSON already (RFC 8259): a string, or its bytes in UTF-8. */
export class JsonText<Value> {
  readonly text: string | Uint8Array;
  /** Of the type alone: the text of another value does not compile. */
  declare readonly value: Value;

  constructor(text: string | Uint8Array) {
    this.text = text;
  }

  /** Writes a value. */
  static of<Value>(value: Value): JsonText<Value> {
    return new JsonText(JSON.stringify(value));
  }

  /** Adds the text to another one. */
  writeTo(writer: JsonWriter): void {
    if (typeof this.text === 'string') writer.write(this.text);
    else writer.copy(this.text);
  }
}
