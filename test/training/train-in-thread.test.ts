import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { trainInThread } from '../../training/train-in-thread.ts';
import type { TrainingProgress } from '../../training/training-thread.ts';
import { catchError } from '../support/deployment.ts';
import { toCustomers, toOptions, withFolder } from '../support/training.ts';

const ENDLESS = new URL('endless-thread.ts', import.meta.url);
const THREAD = new URL('../../training/training-thread.ts', import.meta.url);

const withCustomers = (run: (folder: string) => Promise<void>) =>
  withFolder(async (folder) => {
    await writeFile(
      join(folder, 'customers.csv'),
      toCustomers(200, (risk) => (risk > 0.8 ? 'high' : 'low')),
    );
    await run(folder);
  });

describe('a training in a thread', () => {
  it('sends its progress and its result', () =>
    withCustomers(async (folder) => {
      const trees: number[] = [];
      const onNews = ({ done }: TrainingProgress) => trees.push(done);
      const result = await trainInThread<TrainingProgress, { folder: string }>(THREAD, toOptions(folder), { onNews });
      expect(trees).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(result.folder).to.equal(join(folder, 'deployments', 'customers'));
      expect(await readdir(join(folder, 'deployments'))).to.deep.equal(['customers']);
    }));

  for (const phase of ['planning', 'learning', 'writing']) {
    it(`ends at once when it is aborted while it is ${phase}, and leaves nothing behind`, () =>
      withCustomers(async (folder) => {
        const abort = new AbortController();
        const reason = new CommandError('enough');
        const options = toOptions(folder, { command: phase });
        const listeners = { signal: abort.signal, onNews: () => abort.abort(reason) };
        expect(await catchError(CommandError, () => trainInThread(ENDLESS, options, listeners))).to.equal(reason);
        expect(await readdir(folder)).to.deep.equal(['customers.csv']);
      }));
  }

  it('does not begin if it is aborted before', () =>
    withCustomers(async (folder) => {
      const reason = new CommandError('enough');
      const listeners = { signal: AbortSignal.abort(reason), onNews: () => expect.fail('began') };
      const running = () => trainInThread(ENDLESS, toOptions(folder, { command: 'planning' }), listeners);
      expect(await catchError(CommandError, running)).to.equal(reason);
      expect(await readdir(folder)).to.deep.equal(['customers.csv']);
    }));

  it('says what to do if the memory does not suffice', () =>
    withCustomers(async (folder) => {
      const options = toOptions(folder, { command: 'out of memory' });
      const running = () => trainInThread(ENDLESS, options, { onNews: () => undefined });
      expect((await catchError(CommandError, running)).message).to.match(/^Training needs more memory/);
      expect(await readdir(folder)).to.deep.equal(['customers.csv']);
    }));

  it('passes on what is wrong with the options, and what fails otherwise', () =>
    withCustomers(async (folder) => {
      const train = (thread: URL, label: string) =>
        trainInThread(thread, toOptions(folder, { choices: { label } }), { onNews: () => undefined });
      expect((await catchError(CommandError, () => train(THREAD, 'none'))).message).to.match(/^--label: there is no/);
      const missing = new URL('no-thread.ts', import.meta.url);
      expect((await catchError(Error, () => train(missing, 'risk'))).message).to.match(/no-thread/);
      const silent = new URL('../support/until.ts', import.meta.url);
      expect((await catchError(Error, () => train(silent, 'risk'))).message).to.equal('the training thread has ended');
      expect(await readdir(folder)).to.deep.equal(['customers.csv']);
    }));
});
