/** What wrap shows of a reply that it cannot use. */
import { expect } from 'chai';
import { creditModel } from '../support/credit-model.ts';
import { withDouble } from '../support/wrap-double.ts';

describe('a reply that cannot be used', () => {
  const RECEIVED: Readonly<Record<string, string>> = {
    '/login':
      'expected JSON; received text/html beginning "<!DOCTYPE html> <title>Log in</title> [2J". ' +
      'This is a web page, perhaps to log in: check the URL, and --set authentication.…',
    '/error':
      'expected predictions or probabilities; none were recognized; received {"error": string, "request_id": number}. ' +
      'The server said "model not loaded".',
    '/not-finite':
      'expected JSON, which does not allow NaN and Infinity; received text beginning "{"scores": [NaN, NaN]}".',
    '/null': 'expected a label or a number as the prediction of row 0; received [6 × null].',
    '/columns':
      'expected one value per row from settings.answer.rows, which gives one object; settings.answer.predictions and ' +
      'settings.answer.probabilities name lists in it; received {"labels": [6 × string], "status": string}.',
    '/lists':
      'settings.answer.probabilities name lists in it; received {"classes": [2 × string], "probabilities": [6 × [2 × number]]}.',
    '/portal': 'received application/json beginning "<html>Sign in</html>". This is a web page, perhaps to log in',
  };
  for (const [path, received] of Object.entries(RECEIVED)) {
    it(`is shown by wrap with its keys or first characters, and where it came from: ${path}`, () =>
      withDouble(creditModel, async (_run, fail) => {
        const text = await fail(path);
        expect(text).to.match(new RegExp(`^POST http://localhost:\\d+${path}: `));
        expect(text.replaceAll('\\"', '"')).to.include(received);
        expect(text).not.to.match(/[\p{Cc}\p{Cf}]/u);
      }));
  }
});
