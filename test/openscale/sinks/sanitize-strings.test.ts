import { expect } from 'chai';
import { sanitizeStrings } from '../../../openscale/sinks/sanitize-strings.ts';

describe('strings for OpenScale', () => {
  for (const [text, escaped] of [
    ['/etc/passwd', '\\/etc\\/passwd'],
    ['see /ETC/Shadow/x', 'see \\/ETC\\/Shadow\\/x'],
    ['../a/b', '..\\/a\\/b'],
    ['..\\a/b', '..\\a\\/b'],
    ['/etc/passwort', '/etc/passwort'],
    ['a/b', 'a/b'],
    ['..', '..'],
  ] as const) {
    it(`${escaped === text ? 'stay' : 'are escaped'}: ${text}`, () => {
      expect(sanitizeStrings({ '../key': [[text, 1, null, true]] })).to.deep.equal({
        '../key': [[escaped, 1, null, true]],
      });
    });
  }
});
