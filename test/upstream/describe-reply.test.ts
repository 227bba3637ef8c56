import { expect } from 'chai';
import { describeReply, hasNonFiniteNumbers } from '../../upstream/describe-reply.ts';

const describeText = (text: string, type?: string) => describeReply({ headers: { 'content-type': type }, text });

describe('the description of a reply', () => {
  const DESCRIPTIONS: readonly (readonly [unknown, string])[] = [
    [{ error: 'wallaby', code: 17, more: null }, '{"error": string, "code": number, "more": null}'],
    [[], '[]'],
    [{}, '{}'],
    ['wallaby', 'string'],
    [true, 'boolean'],
    [[['wallaby', 1], 2], '[2 × [2 × string]]'],
    [
      { predictions: { classes: ['a', 'b'], p: [[0.1, 0.9]] } },
      '{"predictions": {"classes": [2 × string], "p": [1 × [2 × number]]}}',
    ],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{"a": {"b": {"c": {"d": {…}}}}}'],
    [[[[[[1]]]]], '[1 × [1 × [1 × [1 × [1 × …]]]]]'],
  ];
  for (const [json, description] of DESCRIPTIONS) {
    it(`has the keys and types of JSON, without values: ${description}`, () => {
      expect(describeText(JSON.stringify(json))).to.equal(description);
    });
  }

  it('has the first characters of anything else, with its media type', () => {
    expect(describeText('')).to.equal('an empty reply');
    expect(describeText(' \n')).to.equal('an empty reply');
    expect(describeText('fine')).to.equal('text beginning "fine"');
    expect(describeText('<!DOCTYPE html>\n<html>', 'text/html; charset=utf-8')).to.equal(
      'text/html beginning "<!DOCTYPE html> <html>"',
    );
    expect(describeText('[[NaN, 1]]', 'application/json')).to.equal('application/json beginning "[[NaN, 1]]"');
  });

  it('is short, on one line, and without control characters, whatever was sent', () => {
    const long = 'x'.repeat(100_000);
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`${index} ${long.slice(0, 100)}`, index]),
    );
    for (const [text, type] of [
      [long, long],
      [JSON.stringify(many), ''],
      [JSON.stringify({ [long]: long }), ''],
      ['\u001b[2J\u0007\u202e\u2028\r\nboom\u0000\ud800', '\u001b[31m'],
      [JSON.stringify({ '\u001b[2J\u202e\n': 1 }), ''],
    ] as const) {
      const description = describeText(text, type);
      expect(description.length).to.be.at.most(300);
      expect(description).to.not.match(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }
    expect(describeText('\u001b[2Jboom')).to.equal('text beginning "[2Jboom"');
  });

  it('distinguishes JSON with NaN from other text', () => {
    for (const text of ['[NaN]', '{"a": -Infinity}', '[[1, Infinity]]'])
      expect(hasNonFiniteNumbers(text)).to.equal(true);
    for (const text of ['NaN of these', '["NaN"]', '{"NaN": 1}', '<p>Infinity</p>', '', '[1']) {
      expect(hasNonFiniteNumbers(text), text).to.equal(false);
    }
  });
});
