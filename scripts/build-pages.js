// The pages in the browser: compiles console/ to ES modules, copies its other files and those of the libraries, and compresses all
// of them once, so that the engine only reads them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** The folder of the pages, which is made anew each time. */
export const PAGES = 'dist/console';
/** By the file in dist/, the module that it is a copy of. */
const LIBRARIES = {
  'console/vendor/preact.js': 'preact/dist/preact.mjs',
  'console/vendor/hooks.js': 'preact/hooks/dist/hooks.mjs',
  'console/vendor/htm.js': 'htm/dist/htm.module.js',
};
const COPIES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
/** The names of packages, which browsers cannot resolve, in the libraries' imports. */
const SPECIFIERS = { preact: './preact.js' };
const COPIED = /\.(html|css|svg|png|ico|webmanifest)$/;
const COMPRESSED = /\.(html|css|js|svg|json|webmanifest)$/;

/** What the pages are made of, for the check whether the build is stale. */
export function listPageSources() {
  return ['scripts/build.js', 'scripts/build-pages.js', 'console', ...listFiles('console')];
}

/** @param compiler the path of tsc */
export function buildPages(compiler) {
  rmSync(PAGES, { recursive: true, force: true });
  execFileSync(process.execPath, [compiler, '-p', 'console/tsconfig.json', '--noEmit', 'false'], { stdio: 'inherit' });
  for (const file of listFiles('console')) if (COPIED.test(file)) write(`dist/${file}`, readFileSync(file));
  for (const [file, module] of Object.entries(LIBRARIES)) write(`dist/${file}`, toBrowserModule(module));
  for (const name of COPIES) write(`${PAGES}/docs/${name}`, readFileSync(`node_modules/swagger-ui-dist/${name}`));
  for (const file of listFiles(PAGES)) if (COMPRESSED.test(file)) compress(file);
}

function listFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function toBrowserModule(module) {
  // Not resolved: packages need not export the file.
  return readFileSync(join('node_modules', module), 'utf8')
    .replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
    .replace(/\b(from|import)\s*(["'])([^"'.][^"']*)\2/g, (_, keyword, quote, specifier) => {
      if (!SPECIFIERS[specifier]) throw new Error(`${module} imports ${specifier}, which is not copied`);
      return `${keyword}${quote}${SPECIFIERS[specifier]}${quote}`;
    });
}

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function compress(path) {
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
}
