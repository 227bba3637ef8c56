import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { RemoteAdapter } from '../../remote/adapter.ts';
import { json } from '../../remote/adapters/json.ts';
import { inspectUpstream } from '../../remote/inspect-upstream.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { catchError } from '../support/deployment.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';

describe('asking an upstream what it tells', () => {
  let upstream: ModelServer;
  before(async () => (upstream = await startModelServer()));
  after(() => upstream.stop());

  const adapter: RemoteAdapter = {
    settings: json.settings,
    build: () => {
      throw new Error('nothing is built while settings are missing');
    },
    inspect: async (_settings, ask) => ({
      notes: [JSON.stringify(await ask('/labels', { values: [[9000]] })), JSON.stringify(await ask('/ready'))],
    }),
  };

  it('posts where there is a body, gets otherwise, and takes settings that are not complete', async () => {
    const learned = await inspectUpstream(adapter, { url: upstream.url, model: 'a key that is not there' });
    expect(learned.notes).to.deep.equal(['["bad"]', '"ready"']);
    expect(upstream.requests).to.deep.equal(['POST /labels', 'GET /ready']);
  });

  it('asks nothing where the kind has no way to', async () => {
    expect(await inspectUpstream(json, {})).to.deep.equal({});
  });

  it('fails with what was asked, and the settings that say whom', async () => {
    const { asked, status } = await catchError(UpstreamError, () =>
      inspectUpstream(adapter, { url: `${upstream.url}/none` }),
    );
    expect([asked, status]).to.deep.equal([`POST ${upstream.url}/none/labels`, 404]);
    const { problems } = await catchError(DeploymentError, () => inspectUpstream(adapter, { timeout: 0 }));
    expect(problems).to.deep.equal(['deployment.json.settings.timeout: expected number to be >=1']);
  });
});
