/**
 * An adapter for a serving system: its settings and two pure functions, from a table to a request and from a reply to an
 * answer. Whatever all systems have in common (connections, credentials, time limits, retries, splitting tables, checking
 * answers) is done outside of adapters.
 */
import type { z } from 'zod';
import type { Column, DeploymentFile } from '../models/deployment-file.ts';
import type { Table } from '../models/table.ts';
import type { UpstreamReply, UpstreamRequest } from '../upstream/request-reply.ts';
import type { AuthenticationSettings } from '../upstream/credentials/authentication.ts';
import type { RemoteSettings } from './remote-settings.ts';

/** A part of a request's table; `firstRow` is its offset in that table. */
export interface RemoteTable extends Table {
  readonly firstRow: number;
}

/**
 * What a reply contains for n rows, as it was sent; toScores checks, orders and completes it.
 */
export interface RemoteAnswer {
  /** n labels, or the n numbers of a regression. */
  readonly predictions?: readonly unknown[] | undefined;
  /** n vectors of k numbers, or n × k numbers row by row; in the order of the deployment's classes. */
  readonly probabilities?: readonly unknown[] | undefined;
  /** The n probabilities of the second of two classes. */
  readonly positive?: readonly unknown[] | undefined;
  /** The n probabilities of the predicted classes, of two; beside `predictions`. */
  readonly confidences?: readonly unknown[] | undefined;
  /** n numbers beside `predictions` whose meaning the settings do not say. They are not scores; `wrap` finds out what they are. */
  readonly number?: NamedNumbers | undefined;
}

/** Numbers by the name that settings can refer to. */
export interface NamedNumbers {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** Lists by name; whether one has a value per row cannot be seen in a single reply. */
export type Outputs = ReadonlyMap<string, readonly unknown[]>;

/** An adapter for one deployment. */
export interface RemoteFormat {
  /** @throws {EngineError} invalid_value for a cell that cannot be sent to the upstream */
  toRequest(table: RemoteTable): UpstreamRequest | Promise<UpstreamRequest>;
  /** @throws {ReplyError} if the reply does not have the expected format */
  toAnswer(reply: UpstreamReply, rowCount: number): RemoteAnswer | Promise<RemoteAnswer>;
  /** The lists in a reply with one list per output, by name, for `wrap`; undefined for any other reply. */
  listOutputs?(reply: UpstreamReply): Outputs | undefined;
  /** A path that answers GET with 2xx while the model is ready; without one, the example is scored instead. */
  readonly readyPath?: string | undefined;
}

/** What an upstream reports about its model. */
export interface Inspection {
  /** Settings that were found, to be written into `deployment.json`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings to try on the rows if the upstream does not report them, the likeliest first; the first that works is kept. */
  readonly trials?: readonly Readonly<Record<string, unknown>>[];
  /** The columns that the upstream declares, in its order; missing if it declares none. */
  readonly columns?: readonly Pick<Column, 'name' | 'type' | 'nullable'>[];
  /** The classes that it declares, in the order of its probabilities. */
  readonly classes?: readonly (string | number)[];
  /** Notices for the user, one sentence each. */
  readonly notes?: readonly string[];
}

/** Requests a path, with a POST if there is a body, and returns the JSON of the reply. Throws an UpstreamError. */
export type RequestJson = (path: string, body?: unknown) => Promise<unknown>;

/** Its functions are methods so that one table can hold adapters with different settings; each gets what its own schema checked. */
export interface RemoteAdapter<Settings extends RemoteSettings = RemoteSettings> {
  /** The settings: those of every remote kind (remoteSettingsSchema's shape) and the adapter's own. */
  readonly settings: z.ZodType<Settings>;
  /** The default URL of the upstream, for systems whose URL follows from other settings. */
  toUrl?(settings: Settings): string;
  /** The default authentication. */
  toAuthentication?(settings: Settings): AuthenticationSettings;
  /** The system's own limits of a request; settings override them. */
  readonly limits?: { readonly maxBytes: number };
  /** Plans the requests and replies of a deployment. Throws a DeploymentError with every problem. */
  build(file: DeploymentFile, settings: Settings): RemoteFormat;
  /** Inspects an upstream, for `wrap`. The settings are those given by the user; some may still be missing. */
  inspect?(settings: Readonly<Record<string, unknown>>, request: RequestJson): Promise<Inspection>;
  /** Splits a URL that the user has at hand (of a model, of its infer endpoint) into settings, for `wrap`. */
  fromUrl?(url: URL): Readonly<Record<string, unknown>>;
}
