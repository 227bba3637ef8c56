/** JSON in which all control and format characters are escaped; JSON itself escapes only some of them. */
export function toSafeJson(value: object): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}]/gu, (letter) =>
    letter.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
