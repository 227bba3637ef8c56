/** MLServer and MLflow, started as in their documentation, with one worker, on loopback. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findFreePort, startServer, type ServerProcess } from './server-process.ts';

export interface MlserverWishes {
  readonly model: {
    readonly name: string;
    /** The file of a scikit-learn pipeline. */
    readonly pipeline: string;
    /** What its metadata declares. */
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
  /** The folder for its settings and log. */
  readonly folder: string;
  readonly port?: number | undefined;
}

/** Starts MLServer with one model, from the environment of a Python interpreter. */
export async function startMlserver(python: string, { model, folder, port }: MlserverWishes): Promise<ServerProcess> {
  const models = join(folder, 'mlserver', model.name);
  await mkdir(models, { recursive: true });
  const implementation = 'mlserver_sklearn.SKLearnModel';
  const settings = {
    ...model.metadata,
    name: model.name,
    implementation,
    parameters: { uri: resolve(model.pipeline) },
  };
  await writeFile(join(models, 'model-settings.json'), JSON.stringify(settings));
  const [grpc, metrics] = [await findFreePort(), await findFreePort()];
  return startServer({
    name: 'MLServer',
    port,
    command: (http) => ['env', `MLSERVER_HTTP_PORT=${http}`, resolve(dirname(python), 'mlserver'), 'start', models],
    readyPath: `/v2/models/${model.name}/ready`,
    folder,
    // It writes its metrics to the working directory.
    cwd: folder,
    environment: {
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_GRPC_PORT: String(grpc),
      MLSERVER_METRICS_PORT: String(metrics),
    },
  });
}

export interface MlflowWishes {
  /** The folder of an MLflow model. */
  readonly model: string;
  /** The folder for its log. */
  readonly folder: string;
  readonly port?: number | undefined;
}

/** Starts `mlflow models serve` from the environment of a Python interpreter. */
export async function startMlflow(python: string, { model, folder, port }: MlflowWishes): Promise<ServerProcess> {
  const programs = resolve(dirname(python));
  const parameters = ['models', 'serve', '--model-uri', model, '--env-manager', 'local', '--host', '127.0.0.1'];
  return startServer({
    name: 'MLflow',
    port,
    command: (http) => [join(programs, 'mlflow'), ...parameters, '--port', String(http)],
    readyPath: '/ping',
    folder,
    // It looks uvicorn up in the PATH.
    environment: { PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });
}
