/**
 * The bodies of the Open Inference Protocol, version 2 (https://github.com/open-inference/open-inference-protocol), and the types of
 * its handlers, which are those of the contract's.
 */
import type { Handler, HandlerTable } from '../contract.ts';

/** An input of a request. server/contract/open-inference-contract.ts says what has been validated. */
export interface InputTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Row-major, flat or nested; missing where a client sends binary data. */
  readonly data?: readonly unknown[];
}

/** The body of a request. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputTensor[];
  readonly outputs?: readonly { readonly name: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
}

/** An input or output as metadata describe it; -1 stands for the number of rows. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface OutputTensor extends TensorMetadata {
  readonly data: readonly unknown[];
}

export interface InferReply {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly OutputTensor[];
}

export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

interface Operation<Path, Reply> {
  readonly parameters: { readonly path: Path };
  readonly responses: { readonly 200: { content: { readonly 'application/json': Reply } } };
}

interface ModelPath {
  readonly deployment_id: string;
  readonly version?: string;
}

interface Infer extends Operation<ModelPath, InferReply> {
  readonly requestBody: { content: { readonly 'application/json': InferRequest } };
}

type Describe = Operation<ModelPath, ModelMetadata>;
type TellReady = Operation<ModelPath, { readonly name: string; readonly ready: boolean }>;

interface Operations {
  readonly getServer: Operation<object, ServerMetadata>;
  readonly listModels: Operation<object, { readonly models: readonly string[] }>;
  readonly getModel: Describe;
  readonly getModelVersion: Describe;
  readonly getModelReady: TellReady;
  readonly getModelVersionReady: TellReady;
  readonly inferModel: Infer;
  readonly inferModelVersion: Infer;
}

/** One handler for each operation of the protocol. */
export type OpenInferenceTable = HandlerTable<{ [Id in keyof Operations]: Operations[Id] }>;

/** The handler of one operation. */
export type OpenInferenceHandler<Id extends keyof Operations> = Handler<Operations[Id]>;
