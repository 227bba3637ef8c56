import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { RemoteAdapter } from '../../remote/adapter.ts';
import { json } from '../../remote/adapters/json.ts';
import { inspectUpstream } from '../../remote/inspect-upstream.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { catchError } from '../support/deployment.ts';
import { creditModel } from '../support/credit-model.ts';
import { HttpDouble } from '../support/http-double.ts';

describe('inspecting an upstream', () => {
  let upstream: HttpDouble;
  before(async () => (upstream = await HttpDouble.start(creditModel)));
  after(() => upstream.close());

  const adapter: RemoteAdapter = {
    settings: json.settings,
    build: () => {
      throw new Error('build is not called while settings are missing');
    },
    inspect: async (_settings, request) => ({
      notes: [JSON.stringify(await request('/labels', { values: [[9000]] })), JSON.stringify(await request('/ready'))],
    }),
  };

  it('posts if there is a body, gets otherwise, and accepts incomplete settings', async () => {
    const inspection = await inspectUpstream(adapter, { url: upstream.url, model: 'an unknown key' });
    expect(inspection.notes).to.deep.equal(['["bad"]', '"ready"']);
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'POST /labels',
      'GET /ready',
    ]);
  });

  it('sends nothing for a kind that cannot be inspected', async () => {
    expect(await inspectUpstream(json, {})).to.deep.equal({});
  });

  it('fails with the request, or the problems of the settings', async () => {
    const { request, status } = await catchError(UpstreamError, () =>
      inspectUpstream(adapter, { url: `${upstream.url}/none` }),
    );
    expect([request, status]).to.deep.equal([`POST ${upstream.url}/none/labels`, 404]);
    const { problems } = await catchError(DeploymentError, () => inspectUpstream(adapter, { timeout: 0 }));
    expect(problems).to.deep.equal(['deployment.json.settings.timeout: expected a number >= 1']);
  });
});
