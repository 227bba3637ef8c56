const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;

/** Whether a text is a finite number. */
export function isNumeric(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text));
}
