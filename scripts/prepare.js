// Builds dist/ after an install in a clone. Without TypeScript (npm ci --omit=dev) it cannot: dist/ must have been built before.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

let compiler;
try {
  compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
} catch {
  console.log('TypeScript is not installed; dist/ is left unchanged.');
}
if (compiler) execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
