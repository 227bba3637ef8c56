import { expect } from 'chai';
import { explainJsonError } from '../../../server/bodies/explain-json-error.ts';

/** Each is rejected by JSON.parse. */
const FAULTS: readonly (readonly [text: string, explanation: RegExp])[] = [
  ['{"values": [[1.5, nan]]}', /^line 1, column 19: NaN and Infinity are not JSON; send null/],
  ['[+Infinity]', /^line 1, column 2: NaN and Infinity/],
  ['[-inf]', /^line 1, column 2: NaN and Infinity/],
  ['{\n  "a": None\n}', /^line 2, column 8: None is Python; JSON has null$/],
  ['[True, False]', /^line 1, column 2: True and False are Python/],
  ['[undefined]', /^line 1, column 2: undefined is JavaScript/],
  ["{'fields': ['a']}", /^line 1, column 2: expected double quotes/],
  ['{“fields”: []}', /^line 1, column 2: expected double quotes/],
  ['[1, 2,]', /^line 1, column 7: expected no comma before \]$/],
  ['{"a": 1,\n}', /^line 2, column 1: expected no comma before \}$/],
  ['{"a" 1}', /^line 1, column 6: expected a colon$/],
  ['{a: 1}', /^line 1, column 2: expected a key in double quotes$/],
  ['{"a": 1, b : 2}', /^line 1, column 10: expected a key in double quotes$/],
  ['[NaT]', /^line 1, column 2: JSON has null for a missing value$/],
  ['[1, <NA>]', /^line 1, column 5: JSON has null/],
  ['[pd.NA]', /^line 1, column 2: JSON has null/],
  ['[NULL]', /^line 1, column 2: JSON has null/],
  ['[NAME]', /^line 1, column 2: expected a JSON value$/],
  ['{"a": array([1.0])}', /^line 1, column 7: a Python object is not JSON/],
  ['[np.float64(0.5)]', /^line 1, column 2: a Python object/],
  ['[datetime.date(2024, 1, 1)]', /^line 1, column 2: a Python object/],
  ['[b"x"]', /^line 1, column 2: a Python object/],
  ['{"a": (1, 2)}', /^line 1, column 7: a Python tuple is not JSON, which has lists/],
  ['[1 2]', /^line 1, column 4: expected a comma or a closing bracket$/],
  ['[01]', /^line 1, column 3: expected a number without leading zeros$/],
  ['[1.]', /^line 1, column 2: expected more digits$/],
  ['["a\nb"]', /^line 1, column 2: expected a closing double quote/],
  ['["\\x"]', /^line 1, column 2: expected one of " /],
  ['["\t"]', /^line 1, column 2: expected control characters written as escapes/],
  ['// first\n[1]', /^line 1, column 1: expected a value; JSON has no comments$/],
  ['[1', /^line 1, column 3: the body ends before its last \]$/],
  ['{"a": [1]', /^line 1, column 10: the body ends before its last \}$/],
  ['{"a":', /^line 1, column 6: the body ends where a value is expected$/],
  ['', /^line 1, column 1: the body is empty$/],
  ['[1] NaN', /^line 1, column 5: expected the end of the body$|NaN/],
];

describe('the explanation of a JSON error', () => {
  for (const [text, explanation] of FAULTS) {
    it(`names the place and what was expected for ${JSON.stringify(text)}`, () => {
      expect(() => void JSON.parse(text)).to.throw(SyntaxError);
      expect(explainJsonError(text)).to.match(explanation);
    });
  }

  it('is missing where the fault comes after four million characters', () => {
    const text = `[${'1,'.repeat(2 ** 21)}`;
    for (const long of [`${text}nan]`, `${text}"${'x'.repeat(2 ** 20)}`, `["${'x'.repeat(2 ** 22)}`])
      expect(explainJsonError(long)).to.equal(undefined);
    expect(explainJsonError(`[nan,${text.slice(1)}`)).to.match(/^line 1, column 2: NaN/);
  });

  it('is missing where the text is nested too deeply to look for the place', () => {
    expect(explainJsonError('['.repeat(1_000_000))).to.equal(undefined);
  });
});
