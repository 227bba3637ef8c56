// node --import ./scripts/register-typescript.js file.ts
import { register } from 'node:module';

register('./load-typescript.js', import.meta.url);
