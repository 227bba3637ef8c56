import { expect } from 'chai';
import fc from 'fast-check';
import { OpenAPIBackend, type Document } from 'openapi-backend';
import openapi from '../../generated/openapi.json' with { type: 'json' };
import type { Operation } from '../../server/operations.ts';
import { buildRoutes } from '../../server/routes.ts';

/** A contract whose paths overlap, and hold what means something in a pattern. */
const OVERLAPPING = {
  openapi: '3.0.0',
  info: { title: '', version: '' },
  paths: Object.fromEntries(
    Object.entries({
      '/pets': ['get', 'post'],
      '/pets/mine': ['get'],
      '/pets/{id}': ['get', 'delete'],
      '/pets/{id}/toys/{toy}': ['put'],
      '/files/{name}.json': ['get'],
      '/files/{name}': ['post'],
      '/a+b/(c)': ['get'],
    }).map(([path, methods]) => [
      path,
      Object.fromEntries(methods.map((method) => [method, { operationId: `${method} ${path}`, responses: {} }])),
    ]),
  ),
};

const SEGMENTS = [
  'pets',
  'mine',
  'toys',
  'files',
  'a.json',
  'ajson',
  '.json',
  'a+b',
  'aab',
  '(c)',
  'c',
  '',
  '%61',
  '%2F',
  'é',
];
const CONTRACT_SEGMENTS = [
  'v1',
  'deployments',
  'online',
  'iris',
  'V1',
  '%6fnline',
  '',
  'a%20b',
  '..',
  '{deployment_id}',
];

const toOperation = (id: string, method: string, path: string): Operation => ({
  id,
  method: method.toUpperCase(),
  path,
  security: [],
  acceptsPath: () => true,
  bodySchema: undefined,
  handle: () => ({ status: 200, body: undefined }),
});

describe('a route', () => {
  for (const [name, definition, segments] of [
    ['the contract', openapi, CONTRACT_SEGMENTS],
    ['a contract whose paths overlap', OVERLAPPING, SEGMENTS],
  ] as const) {
    it(`is that of openapi-backend, for any method and path, in ${name}`, async () => {
      const backend = new OpenAPIBackend({
        definition: structuredClone(definition) as unknown as Document,
        quick: true,
      });
      await backend.init();
      const operations = backend.router.getOperations();
      const findRoute = buildRoutes(
        operations.map(({ operationId, method, path }) => toOperation(operationId as string, method, path)),
      );
      const segment = fc.constantFrom(...segments);
      const any = fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
      const alike = fc
        .tuple(fc.constantFrom(...operations), segment, fc.constantFrom('', '/', '//'))
        .map(([{ path }, value, end]) => path.replace(/\{[^}]+\}/g, () => value) + end);
      const paths = fc.oneof(any, alike);
      const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS');
      const seen = { found: 0, refused: 0, missing: 0 };
      fc.assert(
        fc.property(methods, paths, (method, path) => {
          const route = findRoute(method, path);
          const request = { method: method === 'HEAD' ? 'get' : method.toLowerCase(), path, headers: {} };
          const expected = backend.matchOperation(request);
          if ('operation' in route) {
            seen.found += 1;
            expect(route.operation.id).to.equal(expected?.operationId);
            expect(route.params).to.deep.equal(backend.router.parseRequest(request, expected).params);
          } else {
            expect(expected).to.equal(undefined);
            seen[route.allowed.length > 0 ? 'refused' : 'missing'] += 1;
            const takes = (other: string) => backend.matchOperation({ ...request, method: other }) !== undefined;
            const all = ['get', 'post', 'put', 'delete', 'patch', 'options']
              .filter(takes)
              .map((other) => other.toUpperCase());
            expect(new Set(route.allowed)).to.deep.equal(new Set(all.includes('GET') ? ['HEAD', ...all] : all));
          }
        }),
        { seed: 1, numRuns: 5_000 },
      );
      for (const [outcome, count] of Object.entries(seen)) expect(count, outcome).to.be.greaterThan(100);
    });
  }

  it('is found in no time on a path of slashes', () => {
    const findRoute = buildRoutes([toOperation('a', 'get', '/a/{b}')]);
    expect(findRoute('GET', `/a/b${'/'.repeat(1_000_000)}`)).to.have.property('operation');
    expect(findRoute('GET', `/a${'/'.repeat(1_000_000)}b`)).to.deep.equal({ allowed: [] });
  });
});
