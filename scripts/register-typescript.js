// node --import ./scripts/register-typescript.js file.ts
import module from 'node:module';
import process from 'node:process';
import { load } from './load-typescript.js';

// Hooks in a thread of their own double the time that a process needs to start; but in older versions the others fail for CommonJS.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 25 || (major === 24 && minor >= 12)) module.registerHooks({ load });
else module.register('./load-typescript.js', import.meta.url);
