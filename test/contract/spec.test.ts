/** The Swagger file itself: it passes independent linters, its examples are valid, and it matches the code. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import spectralParsers from '@stoplight/spectral-parsers';
import spectralRulesets from '@stoplight/spectral-rulesets';
import addFormats from 'ajv-formats';
import { Ajv, type AnySchema } from 'ajv';
import { expect } from 'chai';
import { ERROR_CODES } from '../../errors/engine-error.ts';
import openapi from '../../generated/openapi.json' with { type: 'json' };

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8');

describe('the contract', () => {
  it('passes the recommended rules of Redocly', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    for (const path of ['spec/openscale-engine.yaml', 'generated/openapi.json']) {
      const problems = await lintFromString({ source: await read(path), absoluteRef: path, config });
      expect(
        problems.map(({ ruleId, message, location }) => `${path}: ${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
      ).to.deep.equal([]);
    }
  });

  it('passes the rules of Spectral', async () => {
    const { Document, Spectral } = spectralCore;
    const spectral = new Spectral();
    spectral.setRuleset({ extends: spectralRulesets.oas as unknown as RulesetDefinition });
    for (const path of ['spec/openscale-engine.yaml', 'generated/openapi.json']) {
      // The parser of YAML reads JSON, too.
      const problems = await spectral.run(new Document(await read(path), spectralParsers.Yaml, path));
      expect(problems.map(({ code, message, path: at }) => `${path}: ${code}: ${message} ${at.join('.')}`)).to.be.empty;
    }
  });

  it('has no alternatives beside properties, on which generators of clients fail', () => {
    const places: string[] = [];
    JSON.stringify(openapi, (key, value: unknown) => {
      const isSchema = typeof value === 'object' && value !== null && 'properties' in value;
      // Generators of clients ignore negations.
      if (isSchema && key !== 'not' && ['anyOf', 'oneOf', 'allOf'].some((word) => word in value)) places.push(key);
      return value;
    });
    expect(places).to.deep.equal([]);
  });

  it('has an example for every body and every failure, valid against its own schema', () => {
    const ajv = new Ajv({ strict: false, schemas: { contract: openapi as AnySchema } });
    addFormats.default(ajv);
    const { responses, schemas } = openapi.components;
    const check = (schema: string, example: unknown, place: string) => {
      const pointer = schema.replace(/^#/, 'contract#');
      expect(example, `example of ${place}`).to.not.equal(undefined);
      expect(ajv.validate({ $ref: pointer }, example), `${place}: ${ajv.errorsText()}`).to.equal(true);
    };
    for (const [name, response] of Object.entries(responses)) {
      const { schema, examples } = response.content['application/json'];
      check(schema.$ref, examples.response.value, name);
    }
    const bodies = listOperations().flatMap(({ requestBody, responses: { 200: success } }) => [requestBody, success]);
    const names = bodies.flatMap((body) => /[^/]+$/.exec(body?.content['application/json'].schema.$ref ?? '') ?? []);
    expect(names.length).to.be.greaterThan(Object.keys(openapi.paths).length);
    // A request has one of two shapes; the other one has an example of its own.
    for (const name of [...names, 'ScoringEnvelope'])
      check(`#/components/schemas/${name}`, (schemas as Record<string, { example?: unknown }>)[name]?.example, name);
  });

  it('declares the same error container for every failure', () => {
    const container = '#/components/schemas/Errors';
    for (const response of Object.values(openapi.components.responses)) {
      expect(response.content['application/json'].schema.$ref).to.equal(container);
    }
    for (const [path, operations] of Object.entries(openapi.paths)) {
      for (const operation of Object.values(operations)) {
        for (const [status, response] of Object.entries(operation.responses)) {
          if (Number(status) >= 400) expect(response, `${path} ${status}`).to.have.property('$ref');
        }
      }
    }
  });

  it('uses existing error codes, and docs/contract.md explains each', async () => {
    const examples = Object.values(openapi.components.responses).flatMap((response) =>
      response.content['application/json'].examples.response.value.errors.map(({ code }) => code),
    );
    expect(ERROR_CODES).to.include.members(examples);
    const explained = [...(await read('docs/contract.md')).matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, code]) => code);
    expect(explained.sort()).to.deep.equal([...ERROR_CODES].sort());
  });

  it('marks operations that IBM’s contract does not have as extensions', () => {
    const unmarked = listOperations().filter((operation) => operation['x-extension'] !== true);
    expect(unmarked.map(({ operationId }) => operationId)).to.deep.equal(['listDeployments', 'scoreDeployment']);
  });
});

interface Body {
  readonly content: { readonly 'application/json': { readonly schema: { readonly $ref: string } } };
}

/** The operations of the contract, as far as every one has the same. */
function listOperations() {
  return Object.values(openapi.paths).flatMap((operations) =>
    Object.values<{
      readonly operationId: string;
      readonly 'x-extension'?: boolean;
      readonly requestBody?: Body;
      readonly responses: { readonly 200: Body };
    }>(operations),
  );
}
