/** The kinds that serve a file of another library, by name. */
import type { FileKind } from '../models/kinds/model-file.ts';
import { kinds } from './kinds.ts';

export const fileKinds: ReadonlyMap<string, FileKind> = new Map(
  Object.entries(kinds).flatMap(([name, kind]) => ('recognizes' in kind ? [[name, kind as FileKind]] : [])),
);
