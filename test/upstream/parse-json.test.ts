import { expect } from 'chai';
import { parseReplyJson, tryParseReplyJson } from '../../upstream/parse-json.ts';

const nest = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);

describe('the JSON of a reply', () => {
  it('is parsed up to a depth of 100, lists and objects alike', () => {
    for (const text of [nest(100), `{"a":${nest(99)}}`, `[${nest(99)},${nest(99)}]`])
      expect(parseReplyJson(text)).to.deep.equal(JSON.parse(text));
    for (const text of [nest(101), `{"a":${nest(100)}}`, `[1,${nest(100)}]`, nest(101, '{"a":', '}')])
      expect(() => parseReplyJson(text)).to.throw(SyntaxError, '100 levels');
    expect(tryParseReplyJson(nest(101))).to.equal(undefined);
  });

  it('may have any number of brackets in its strings, with escapes', () => {
    for (const text of [`"${'['.repeat(200)}"`, `["\\"${'{'.repeat(200)}","\\\\",[]]`, `{"${'['.repeat(200)}\\\\":1}`])
      expect(parseReplyJson(text)).to.deep.equal(JSON.parse(text));
  });
});
