/** The Swagger file itself: it passes independent linters, its examples are valid, and it matches the code. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import addFormats from 'ajv-formats';
import { Ajv, type AnySchema } from 'ajv';
import { expect } from 'chai';
import { ERROR_CODES } from '../../errors/engine-error.ts';
import openapi from '../../generated/openapi.json' with { type: 'json' };

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8');

describe('the contract', () => {
  it('passes the recommended rules of Redocly', async () => {
    const config = await createConfig({
      extends: ['recommended'],
      rules: {
        // The engine can be served under any URL.
        'no-empty-servers': 'off',
        'no-server-example.com': 'off',
        // An anyOf of required keys is how "one of these" is expressed.
        'no-required-schema-properties-undefined': 'off',
      },
    });
    for (const path of ['spec/openscale-engine.yaml', 'generated/openapi.json']) {
      const problems = await lintFromString({ source: await read(path), absoluteRef: path, config });
      expect(
        problems.map(({ ruleId, message, location }) => `${path}: ${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
      ).to.deep.equal([]);
    }
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
    for (const name of ['DeploymentList', 'ScoringRequest', 'ScoringEnvelope', 'ScoringResponse'] as const) {
      check(`#/components/schemas/${name}`, schemas[name].example, name);
    }
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
    const extensions = Object.values(openapi.paths)
      .flatMap((operations) => Object.values(operations))
      .filter((operation) => 'x-extension' in operation)
      .map(({ operationId }) => operationId);
    expect(extensions).to.deep.equal(['getDeployment']);
  });
});
