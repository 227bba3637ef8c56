/** What a session and its process say to each other. The model itself is the process's standard input. */
import type { FilePlan } from './read-file.ts';
import type { OutputRoles } from './plan-outputs.ts';
import type { Tensor } from './tensor.ts';

/** Sent first. */
export interface StartMessage {
  /** The name of the file, for messages. */
  readonly place: string;
  readonly output: OutputRoles | undefined;
  readonly threads: number;
  /** How many megabytes the process may take. */
  readonly memory: number;
}

export interface RunMessage {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** The outputs that are wanted. */
  readonly fetches: readonly string[];
}

export type ToProcess = StartMessage | RunMessage;

/** The model can be run, or why it cannot: the file cannot be served, there is no runtime, or it does not accept the model. */
export type StartReply =
  | { readonly plan: FilePlan }
  | { readonly problems: readonly string[] }
  | { readonly missing: string }
  | { readonly rejected: string };

export type RunReply = { readonly outputs: Readonly<Record<string, Tensor>> } | { readonly error: string };

export type FromProcess = StartReply | RunReply;
