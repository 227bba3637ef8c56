/** The messages between the engine and the thread of a module. */
import type { Scores } from '../../model.ts';

/** What the thread starts with. */
export interface ModuleSettings {
  readonly path: string;
  /** The name of the file, for problems. */
  readonly name: string;
  readonly fields: readonly string[];
  readonly classes: readonly (string | number)[] | undefined;
}

/** A call, with rows that node:v8 serialized; without rows, the thread only answers that it can. */
export interface ModuleCall {
  readonly id: number;
  readonly rows?: Uint8Array;
}

export type FromModule =
  /** The module is imported. */
  | { readonly type: 'ready' }
  /** It cannot be imported; the cause is described for the log. */
  | { readonly type: 'invalid'; readonly problems: readonly string[]; readonly cause: string | undefined }
  | { readonly type: 'scores'; readonly id: number; readonly scores: Scores | undefined }
  /** The call failed with what the module threw; undefined if that is undefined. */
  | { readonly type: 'failed'; readonly id: number; readonly thrown: ThrownByModule | undefined };

/** What a module threw. */
export interface ThrownByModule {
  readonly message: string;
  /** It and its causes, described for the log. */
  readonly description: string;
}
