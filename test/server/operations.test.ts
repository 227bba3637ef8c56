import { expect } from 'chai';
import { buildAuthorize } from '../../server/authenticate.ts';
import { loadOperations, type Operation } from '../../server/operations.ts';
import { buildRoutes } from '../../server/routes.ts';
import { Secret } from '../../server/secret.ts';

describe('the operations of the contract', () => {
  let operations: Operation[];
  before(async () => (operations = await loadOperations()));
  const find = (id: string) => operations.find((operation) => operation.id === id) as Operation;

  it('are all there, with what the life of a request needs', () => {
    expect(operations.map(({ id, method, path, security }) => [id, method, path, security])).to.have.deep.members([
      ['listDeployments', 'GET', '/v1/deployments', [['BasicAuth']]],
      ['getDeployment', 'GET', '/v1/deployments/{deployment_id}', [['BasicAuth']]],
      ['scoreDeployment', 'POST', '/v1/deployments/{deployment_id}/online', [['BasicAuth']]],
    ]);
    expect(operations.filter(({ bodySchema }) => bodySchema).map(({ id }) => id)).to.deep.equal(['scoreDeployment']);
  });

  it('accept the parameters of a path that the contract accepts', () => {
    const { acceptsPath } = find('getDeployment');
    expect(acceptsPath({ deployment_id: 'iris' })).to.equal(true);
    for (const params of [{}, { deployment_id: '' }, { other: 'iris' }]) expect(acceptsPath(params)).to.equal(false);
    expect(find('listDeployments').acceptsPath({})).to.equal(true);
  });

  it('are not found by parameters that they do not accept', () => {
    const picky: Operation = { ...find('getDeployment'), acceptsPath: (params) => params['deployment_id'] === 'iris' };
    const findRoute = buildRoutes([picky]);
    expect(findRoute('GET', '/v1/deployments/iris')).to.have.property('operation', picky);
    expect(() => findRoute('GET', '/v1/deployments/other'))
      .to.throw('The path: expected what the contract says of its parameters.')
      .with.property('code', 'malformed_request');
  });
});

describe('a security requirement', () => {
  const credentials = { username: 'a', password: new Secret('b') };
  const headers = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
  const isAuthorized = buildAuthorize(credentials);

  it('lets everybody in where nothing is asked, or no credentials are set', () => {
    expect(isAuthorized([], {})).to.equal(true);
    expect(buildAuthorize(undefined)([['BasicAuth']], {})).to.equal(true);
  });

  it('lets in who satisfies all schemes of one of its alternatives', () => {
    expect(isAuthorized([['BasicAuth']], headers)).to.equal(true);
    expect(isAuthorized([['BasicAuth']], {})).to.equal(false);
    expect(isAuthorized([['Other'], ['BasicAuth']], headers)).to.equal(true);
    expect(isAuthorized([['Other', 'BasicAuth']], headers)).to.equal(false);
  });

  it('lets nobody in by a scheme that the engine does not know', () => {
    expect(isAuthorized([['Other']], headers)).to.equal(false);
    expect(buildAuthorize(undefined)([['Other']], headers)).to.equal(false);
  });
});
