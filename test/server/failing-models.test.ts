import { expect } from 'chai';
import { makeHastyFolder, startTestEngine, type TestEngine } from '../support/engine.ts';
import { checkHealthy, toModeTable } from '../support/healthy.ts';
import { findLogLine } from '../support/log-line.ts';

const FAILED = 'The model of this deployment failed to score the request.';
const INVALID = 'The model of this deployment returned an invalid answer.';

/** What the module does, by its mode: what the caller is told, and what the log says. */
const MODES: Record<string, { message: string; cause: RegExp }> = {
  throw: { message: FAILED, cause: /^Error: secret of the module\n +at .*score\.mjs/ },
  'throw with a cause': {
    message: FAILED,
    cause:
      /^Error: secret [^]*\ncaused by: Error: its root\n +at .*score\.mjs[^]*\ncaused by: a thrown string: secret /,
  },
  'throw nothing': { message: FAILED, cause: /^a thrown undefined$/ },
  never: { message: FAILED, cause: /the module did not answer within 100 ms/ },
  nothing: {
    message: FAILED,
    cause: /the module returned neither \{probabilities: \[\[…\]\]\} nor \{predictions: \[…\]\}/,
  },
  'too few': { message: INVALID, cause: /0 predictions for 1 rows/ },
  'too many': { message: INVALID, cause: /2 predictions for 1 rows/ },
  NaN: { message: FAILED, cause: /the module returned neither/ },
  narrow: { message: FAILED, cause: /one value for each of the 2 classes/ },
  sum: { message: INVALID, cause: /the probabilities of row 0 do not sum to 1/ },
  negative: { message: INVALID, cause: /a probability of row 0 is not between 0 and 1/ },
  'no class': { message: INVALID, cause: /the prediction of row 0 is not one of the 2 classes/ },
};

describe('a model that fails', () => {
  let engine: TestEngine;
  let remove: () => Promise<void>;
  before(async () => {
    const deployments = await makeHastyFolder();
    ({ remove } = deployments);
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: deployments.folder, ENGINE_ALLOW_MODULES: 'true' });
  });
  after(async () => {
    await engine.stop();
    await remove();
  });
  /** The deployment that goes wrong in a way: only one has a short time limit. */
  const toId = (mode: string) => (mode === 'never' ? 'hasty' : 'misbehaving');
  afterEach(() => checkHealthy(engine));

  for (const [mode, { message, cause }] of Object.entries(MODES)) {
    it(`is a 500, with the cause in the log and nowhere else: ${mode}`, async () => {
      const reply = await engine.score(toId(mode), toModeTable(mode));
      const { status, error, text } = reply;
      expect(status).to.equal(500);
      expect(error).to.deep.equal({ code: 'model_failed', message });
      expect(text).to.not.contain('secret').and.not.contain('module').and.not.match(cause);

      const line = await findLogLine(engine, reply);
      expect(line).to.include({
        level: 'error',
        status: 500,
        code: 'model_failed',
        deployment: toId(mode),
        rows: 1,
      });
      expect(line['cause']).to.match(cause);
    });
  }

  it('for one table of an envelope fails it all', async () => {
    const { status, body } = await engine.score('misbehaving', {
      input_data: [toModeTable('well'), toModeTable('throw'), toModeTable('well')],
    });
    expect(status).to.equal(500);
    expect(body).to.have.all.keys('trace', 'errors');
  });

  it('for one request fails no other', async () => {
    const modes = Object.keys(MODES).flatMap((mode) => [mode, 'well']);
    const replies = await Promise.all(modes.map((mode) => engine.score(toId(mode), toModeTable(mode))));
    expect(replies.map(({ status }) => status)).to.deep.equal(modes.map((mode) => (mode === 'well' ? 200 : 500)));
  });
});
