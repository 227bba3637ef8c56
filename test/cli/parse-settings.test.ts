import { expect } from 'chai';
import { parseSettings } from '../../cli/parse-settings.ts';
import { CommandError } from '../../errors/command-error.ts';
import { openInference } from '../../remote/adapters/open-inference.ts';
import { json } from '../../remote/adapters/json.ts';
import { sagemaker } from '../../remote/adapters/sagemaker.ts';
import { vertexAi } from '../../remote/adapters/vertex-ai.ts';

describe('the settings of --set', () => {
  it('are JSON if they parse as JSON, text otherwise, and objects if their keys have dots', () => {
    const texts = [
      'model=iris',
      'max_rows=10',
      'output.probability=["p0","p1"]',
      'output.argmax=true',
      'datatypes.X-A=a=b',
      'version="2"',
    ];
    expect(parseSettings(texts, openInference.settings)).to.deep.equal({
      model: 'iris',
      max_rows: 10,
      output: { probability: ['p0', 'p1'], argmax: true },
      datatypes: { 'X-A': 'a=b' },
      version: '2',
    });
  });

  it('stay text where the kind requires text, although they look like a number, true or null', () => {
    const endpoint = ['project=123456789012', 'region=europe-west4', 'endpoint=1234567890123456789', 'max_rows=10'];
    expect(parseSettings(endpoint, vertexAi.settings)).to.deep.equal({
      project: '123456789012',
      region: 'europe-west4',
      // As a number, it would be 1234567890123456800.
      endpoint: '1234567890123456789',
      max_rows: 10,
    });
    expect(parseSettings(['endpoint=42'], vertexAi.settings)).to.deep.equal({ endpoint: '42' });
    const names = ['model=7', 'version=3', 'output.prediction=0', 'output.confidence=1', 'output.argmax=true'];
    expect(parseSettings(names, openInference.settings)).to.deep.equal({
      model: '7',
      version: 3,
      output: { prediction: '0', confidence: '1', argmax: true },
    });
    expect(parseSettings(['endpoint=true', 'target_model=null', 'format=csv'], sagemaker.settings)).to.deep.equal({
      endpoint: 'true',
      target_model: 'null',
      format: 'csv',
    });
    // What is wrong both ways stays as it was written.
    expect(parseSettings(['timeout=true', 'request=1'], json.settings)).to.deep.equal({ timeout: true, request: '1' });
  });

  it('have keys that are labels of the server', () => {
    expect(parseSettings(['output.labels.0=good', 'output.labels.1=7'], json.settings)).to.deep.equal({
      output: { labels: { 0: 'good', 1: 7 } },
    });
  });

  const wrong: readonly [RegExp, ...string[]][] = [
    [/^--set \(number 2\): expected key=value/, 'path=/', 'canary'],
    [/^--set \(number 1\): expected key=value/, 'a..b=canary'],
    [/^--set constructor\.x: there is no setting with this name/, 'constructor.x=canary'],
    [/^--set output\.prototype: there is no setting with this name/, 'output.prototype=canary'],
    [/^--set \(number 1\): expected key=value/, '__proto__.canary=1'],
    [/^--set output: its value has an unknown key/, 'output=[{"__proto__":{"canary":1}}]'],
    [/^--set output\.argmax: output is set already/, 'output={}', 'output.argmax="canary"'],
    [/^--set output: a part of it is set already/, 'output.argmax=true', 'output={"canary":1}'],
    [/^--set model: model is set already/, 'model=a', 'model=canary'],
  ];
  for (const [line, ...texts] of wrong) {
    it(`are rejected without repeating a value: ${texts.join(' ')}`, () => {
      expect(() => parseSettings(texts, json.settings))
        .to.throw(CommandError, line)
        .with.property('message')
        .that.does.not.include('canary');
    });
  }
});
