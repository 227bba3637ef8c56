import { expect } from 'chai';
import { parseSettings } from '../../cli/parse-settings.ts';
import { CommandError } from '../../errors/command-error.ts';

describe('the settings of --set', () => {
  it('are JSON where they are some, texts otherwise, and objects where their keys have dots', () => {
    const texts = [
      'model=iris',
      'max_rows=10',
      'output.probability=["p0","p1"]',
      'output.argmax=true',
      'headers.X-A=a=b',
      'version="2"',
    ];
    expect(parseSettings(texts)).to.deep.equal({
      model: 'iris',
      max_rows: 10,
      output: { probability: ['p0', 'p1'], argmax: true },
      headers: { 'X-A': 'a=b' },
      version: '2',
    });
  });

  const wrong: readonly [RegExp, ...string[]][] = [
    [/^--set \(number 2\): expected key=value/, 'path=/', 'canary'],
    [/^--set \(number 1\): expected key=value/, 'a..b=canary'],
    [/^--set constructor\.x: no setting has this name/, 'constructor.x=canary'],
    [/^--set output\.prototype: no setting has this name/, 'output.prototype=canary'],
    [/^--set \(number 1\): expected key=value/, '__proto__.canary=1'],
    [/^--set output: it has a key that no setting has/, 'output=[{"__proto__":{"canary":1}}]'],
    [/^--set output\.argmax: output is set already/, 'output={}', 'output.argmax="canary"'],
    [/^--set output: a part of it is set already/, 'output.argmax=true', 'output={"canary":1}'],
    [/^--set model: model is set already/, 'model=a', 'model=canary'],
  ];
  for (const [line, ...texts] of wrong) {
    it(`are refused without repeating a value: ${texts.join(' ')}`, () => {
      expect(() => parseSettings(texts))
        .to.throw(CommandError, line)
        .with.property('message')
        .that.does.not.include('canary');
    });
  }
});
