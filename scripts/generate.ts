/**
 * Writes generated/ from the contract: openapi.json (OpenAPI 3, which openapi-backend reads) and api.ts (its types).
 * The contract is Swagger 2.0 because Dredd validates only that version properly; openapi-backend and openapi-typescript
 * read only OpenAPI 3. It is converted once, here, and both files come from that one conversion.
 *
 * `npm run generate` writes; `npm run generate -- --check` writes nothing and fails when a file is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';
import prettier from 'prettier';
import { load } from 'js-yaml';
import { convertFile } from 'swagger2openapi';

const BANNER = 'Generated from spec/openscale-engine.yaml by `npm run generate`. Do not edit.';
const spec = fileURLToPath(new URL('../spec/openscale-engine.yaml', import.meta.url));
const folder = new URL('../generated/', import.meta.url);

/** The contract as an OpenAPI 3 document, with the banner as its first key. */
async function toOpenApi(): Promise<Record<string, unknown>> {
  const { openapi } = await convertFile(spec, { resolveInternal: false, anchors: true });
  return { 'x-generated': BANNER, ...openapi };
}

/** The text of each generated file by its name. */
async function generate(): Promise<Map<string, string>> {
  const document = await toOpenApi();
  const json = `${JSON.stringify(document, null, 2)}\n`;
  // openapi-typescript modifies its input.
  const typed = JSON.parse(json) as OpenAPI3;
  const types = astToString(await openapiTypescript(typed, { immutable: true }));
  const format = await prettier.resolveConfig(spec);
  return new Map([
    ['openapi.json', json],
    [
      'swagger.json',
      `${JSON.stringify({ 'x-generated': BANNER, ...(load(await readFile(spec, 'utf8')) as object) }, null, 2)}\n`,
    ],
    ['api.ts', await prettier.format(`// ${BANNER}\n\n${types}`, { ...format, parser: 'typescript' })],
  ]);
}

const files = await generate();
const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, text] of files) {
  const file = new URL(name, folder);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) continue;
  stale.push(`generated/${name}`);
  if (!check) await writeFile(file, text);
}
if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run \`npm run generate\` and commit what it writes.`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'generated/ is up to date.' : `Wrote ${stale.join(', ')}.`);
}
