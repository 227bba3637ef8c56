/**
 * What an adapter of a native serving system is: its settings, and two pure functions, from a table to a request and from a
 * reply to an answer. All that is the same for every system (connections, credentials, time limits, retries, splitting, and
 * the checks of what comes back) is done around it.
 */
import type { z } from 'zod';
import type { Column, DeploymentFile } from '../models/deployment-file.ts';
import type { Table } from '../models/table.ts';
import type { UpstreamReply, UpstreamRequest } from '../upstream/request-reply.ts';
import type { AuthenticationSettings } from '../upstream/credentials/authentication.ts';
import type { RemoteSettings } from './remote-settings.ts';

/** A part of a request's table; `firstRow` is where it begins in that. */
export interface RemoteTable extends Table {
  readonly firstRow: number;
}

/**
 * What a reply says of n rows, as it says it: checked, ordered and completed by toScores. At least one of the three.
 */
export interface RemoteAnswer {
  /** n labels, or n numbers of a regression. */
  readonly predictions?: readonly unknown[] | undefined;
  /** n vectors of k numbers, or n × k numbers row by row; in the order of the deployment's classes. */
  readonly probabilities?: readonly unknown[] | undefined;
  /** The n probabilities of the second of two classes. */
  readonly positive?: readonly unknown[] | undefined;
}

/** An adapter for one deployment. */
export interface RemoteFormat {
  /** @throws {EngineError} invalid_value where a cell is something that the upstream cannot be sent */
  toRequest(table: RemoteTable): UpstreamRequest | Promise<UpstreamRequest>;
  /** @throws {ReplyError} where the reply is not what the format says */
  toAnswer(reply: UpstreamReply, rowCount: number): RemoteAnswer | Promise<RemoteAnswer>;
  /** A path that answers a GET with 2xx while the model can be asked; without one the example is scored. */
  readonly readyPath?: string | undefined;
}

/** What an upstream can tell of a model. */
export interface Inspection {
  /** Settings that were found out, to be written into `deployment.json`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Where it does not tell: settings to be tried on rows, the likeliest first; the first that it answers is kept. */
  readonly trials?: readonly Readonly<Record<string, unknown>>[];
  /** The columns that the upstream declares, in its order; none where it does not tell. */
  readonly columns?: readonly Pick<Column, 'name' | 'type' | 'nullable'>[];
  /** The classes that it declares, in the order of its probabilities. */
  readonly classes?: readonly (string | number)[];
  /** What the user should know, a sentence each. */
  readonly notes?: readonly string[];
}

/** Asks an upstream: a GET, or a POST where there is a body; gives the JSON that it answers. Throws a UpstreamError or ReplyError. */
export type Ask = (path: string, body?: unknown) => Promise<unknown>;

/** Its functions are methods, so that a table can hold the adapters of all settings: each is given those that its own schema checked. */
export interface RemoteAdapter<Settings extends RemoteSettings = RemoteSettings> {
  /** The settings: those of every upstream (remoteSettingsSchema's shape), and the adapter's own. */
  readonly settings: z.ZodType<Settings>;
  /** The URL of the upstream where the settings need not have one. */
  toUrl?(settings: Settings): string;
  /** How it authenticates where the settings do not say; nothing otherwise. */
  toAuthentication?(settings: Settings): AuthenticationSettings;
  /** The system's own limit of a request, where the settings do not say. */
  readonly limits?: { readonly maxBytes: number };
  /** Plans requests and replies of a deployment. Throws a DeploymentError with every problem. */
  build(file: DeploymentFile, settings: Settings): RemoteFormat;
  /** Asks an upstream what it can tell, for `wrap`. Settings are those that the user gave, unchecked for missing ones. */
  inspect?(settings: Readonly<Record<string, unknown>>, ask: Ask): Promise<Inspection>;
  /** Splits a URL as people have it (of a model, of its infer endpoint) into the settings that it holds, for `wrap`. */
  fromUrl?(url: URL): Readonly<Record<string, unknown>>;
}
