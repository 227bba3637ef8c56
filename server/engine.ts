/**
 * The engine: what it opens, and the order in which it stops. It is opened without a socket, so that a program can mount its
 * listener in a server of its own.
 */
import type { Server } from 'node:net';
import { Catalogue, type Deployments } from '../catalogue/catalogue.ts';
import { Admission } from './admission.ts';
import { buildBodies } from './bodies/bodies.ts';
import { buildApplication } from './application.ts';
import type { Configuration } from './configuration.ts';
import { listen, type ConnectionSource } from './connections/connection-source.ts';
import { Contract } from './contract/contract.ts';
import { describeCause } from '../errors/describe-cause.ts';
import { buildDispatch } from './contract/dispatch.ts';
import { flushTraces } from './exchange/end-trace.ts';
import type { ExchangeListener } from './exchange/exchange.ts';
import { joinObservers, type ExchangeObserver } from './exchange/exchange-observer.ts';
import { Guard } from './access/guard.ts';
import { buildHealth } from './health.ts';
import { buildHttpServer } from './connections/http-server.ts';
import { buildListener } from './listener.ts';
import { openInferenceHandlers } from '../handlers/open-inference/handlers.ts';
import { openInferenceContract } from './contract/open-inference-contract.ts';
import type { Log } from './log/log.ts';
import { EngineMetrics } from './metrics/engine-metrics.ts';
import { addSenderMetrics } from './metrics/sender-metrics.ts';
import { buildScrape, type Scrape, type TakeFigures } from './metrics/scrape.ts';
import { openPayloadLog, toLogging, type PayloadLog } from './payload-log/payload-log.ts';
import { buildRequestLog } from './log/request-log.ts';
import { buildNoteRarely } from './log/note-rarely.ts';
import { buildNoteShed } from './log/note-shed.ts';
import { countConnections } from './open-files.ts';
import { startSenders, type StopSenders } from './payload-log/sender.ts';
import { EngineThreads } from './threads/engine-threads.ts';
import { TlsCertificate } from './tls/tls-certificate.ts';
import type { FailedHandshake } from './tls/tls-entrance.ts';
import { startMetricsProviders, type RunningMetricsProviders } from './metrics-providers/metrics-providers.ts';
import { buildWebApps } from './static/web-apps.ts';
import type { MetricsProviders } from '../handlers/metrics-providers.ts';
import { buildConsoleData } from './console/console-data.ts';
import { buildAnswerConsole } from './console/console-routes.ts';
import { buildPages } from './pages/pages.ts';

/** A running engine. */
export interface Engine {
  /** The URL at which it listens, for example http://127.0.0.1:8080. */
  readonly url: string;
  readonly catalogue: Catalogue;
  /** The threads for long requests; undefined if the event loop handles all requests. */
  readonly threads: EngineThreads | undefined;
  /** Gives what this process has counted and measures. */
  readonly takeFigures: TakeFigures;
  /** Accepts no new connections, answers requests in progress or in transit (within 10 s), and releases everything. */
  stop(): Promise<void>;
}

/** An engine without a socket: its listener answers requests, whichever server they arrive at. */
export interface OpenEngine {
  readonly catalogue: Catalogue;
  readonly guard: Guard;
  readonly contract: Contract;
  /** With what connections are encrypted; undefined if they are not. */
  readonly certificate: TlsCertificate | undefined;
  readonly threads: EngineThreads | undefined;
  readonly takeFigures: TakeFigures;
  readonly listener: ExchangeListener;
  readonly observe: ExchangeObserver;
  /** Reports that the engine stops (/health/ready); requests are still answered. */
  announceStop(): void;
  /** Rejects the contract's requests from now on. */
  rejectRequests(): void;
  /** Releases everything; to be called when no request is in progress. */
  release(): Promise<void>;
}

export interface OpenOptions {
  /** Replaces the deployments that the handlers see, for tests. */
  readonly wrap?: (deployments: Deployments) => Deployments;
  /** Whether logged records are sent by this process, which is the first or the only one of the engine; true by default. */
  readonly sends?: boolean;
  /** Evaluates runs of custom monitors in another process; by default, this one does, if it is configured. */
  readonly metricsProviders?: MetricsProviders | undefined;
  /** Builds what answers GET /metrics; by default, from what this process counts. */
  readonly buildScrape?: (take: TakeFigures) => Scrape;
  /** Whether metrics are counted and served; true by default. */
  readonly metrics?: boolean;
  /** Called at the end of every exchange, after the request log. */
  readonly observers?: readonly ExchangeObserver[];
}

export interface EngineOptions extends OpenOptions {
  /** Opens the source of the server's connections; by default, its own port. */
  readonly open?: (server: Server, configuration: Configuration) => Promise<ConnectionSource>;
}

/**
 * Starts the engine.
 * @throws when the folder of the deployments cannot be read or the address cannot be listened on
 */
export async function startEngine(
  configuration: Configuration,
  log: Log,
  { open = listen, ...options }: EngineOptions = {},
): Promise<Engine> {
  const engine = await openEngine(configuration, log, options);
  try {
    return await serveEngine(engine, configuration, log, open);
  } catch (error) {
    await engine.release();
    throw error;
  }
}

/**
 * Opens an engine without a socket.
 * @throws when the folder of the deployments cannot be read
 */
export async function openEngine(
  configuration: Configuration,
  log: Log,
  { wrap = (deployments) => deployments, observers = [], sends = true, ...options }: OpenOptions = {},
): Promise<OpenEngine> {
  const metrics = new EngineMetrics();
  const hasMetrics = options.metrics ?? true;
  const catalogue = await openCatalogue(configuration, log, metrics);
  const admission = new Admission(configuration);
  const bodies = buildBodies(configuration);
  const counting = hasMetrics ? [metrics.observe] : [];
  const observe = joinObservers([buildRequestLog(log), ...counting, ...observers], log);
  const guard = new Guard(configuration, log);
  const certificate = configuration.tls && new TlsCertificate(configuration.tls, log);
  let isStopping = false;
  let released: Promise<void> | undefined;
  const { payloadLog: logSettings } = configuration;
  let payloadLog: PayloadLog | undefined;
  let stopSenders: StopSenders | undefined;
  const { metricsProviders: settings, deployments, allowModules } = configuration;
  const own =
    settings && !options.metricsProviders
      ? startMetricsProviders({ settings, deployments, allowModules }, log)
      : undefined;
  try {
    payloadLog = logSettings && (await openPayloadLog(logSettings, log));
    if (logSettings && sends)
      stopSenders = startSenders(logSettings, log, addSenderMetrics([metrics.registry], logSettings));
    const contract = await new Contract().init();
    const openInference = await new Contract(openInferenceContract).init();
    const bodySchemas = { ...contract.validator.bodySchemas, ...openInference.validator.bodySchemas };
    const threads =
      configuration.threads > 0
        ? new EngineThreads(bodySchemas, { ...configuration, logging: toLogging(configuration) })
        : undefined;
    const dispatchOptions = {
      deployments: wrap(catalogue),
      admission,
      guard,
      bodies,
      threads,
      configuration,
      payloadLog,
      metricsProviders: options.metricsProviders ?? own,
    };
    const dispatchers = {
      contract: buildDispatch(contract, dispatchOptions),
      openInference: buildDispatch(openInference, {
        ...dispatchOptions,
        handlers: openInferenceHandlers,
        notFound: 'The Open Inference Protocol has no such path. GET /v2/models lists the models.',
      }),
    };
    metrics.watch({ catalogue, admission, bodies, threads });
    const takeFigures = () => metrics.take();
    const scrape = (options.buildScrape ?? buildScrape)(takeFigures);
    const health = buildHealth(
      catalogue,
      () => isStopping,
      () => ({ ...toAppsState(catalogue, configuration), ...guard.state, ...certificate?.state }),
    );
    const counted = hasMetrics ? scrape : undefined;
    const data = buildConsoleData({
      catalogue,
      configuration,
      scrape: counted,
      hasApp: (id) => configuration.allowApps && catalogue.getApp(id) !== undefined,
    });
    const application = buildApplication({
      health,
      guard,
      pages: buildPages(guard, configuration, log, { bodies }),
      answerConsole: buildAnswerConsole(data, guard),
      webApps: buildWebApps(catalogue, guard, configuration.allowApps),
      scrape: counted,
    });
    return {
      catalogue,
      guard,
      contract,
      certificate,
      threads,
      takeFigures,
      listener: buildListener(dispatchers, application, configuration, observe),
      observe,
      announceStop: () => {
        isStopping = true;
        // Requests that wait for the end of a run must not delay the stop.
        void own?.stop();
      },
      rejectRequests: () => admission.stop(),
      release: () =>
        (released ??= release({
          threads,
          catalogue,
          guard,
          certificate,
          payloadLog,
          stopSenders,
          metricsProviders: own,
        })),
    };
  } catch (error) {
    await release({ catalogue, guard, certificate, payloadLog, stopSenders, metricsProviders: own });
    throw error;
  }
}

/**
 * Serves an open engine on a server of its own.
 * @throws when the address cannot be listened on
 */
export async function serveEngine(
  engine: OpenEngine,
  configuration: Configuration,
  log: Log,
  open: NonNullable<EngineOptions['open']> = listen,
): Promise<Engine> {
  const { catalogue, certificate, threads, takeFigures, listener, observe } = engine;
  const { bodyTimeout } = configuration;
  const onShed = buildNoteShed(log);
  const onFailed = buildNoteRarely<FailedHandshake>((times, details) =>
    log.info({ ...details, times }, 'TLS handshake failed'),
  );
  const tls = certificate && { certificate, onFailed };
  const http = buildHttpServer(listener, { bodyTimeout, tls, maxConnections: countConnections(), onShed }, observe);
  const source = await open(http.entrance, configuration);
  if (source.sessionSecret) engine.guard.sessions.share(source.sessionSecret, source.endedSessions);
  if (source.ticketKeys) http.tls?.setTicketKeys(source.ticketKeys);
  const { url } = source;
  log.info({ url, deployments: catalogue.list().length }, 'listening');
  const stop = async () => {
    engine.announceStop();
    // Requests in transit are still answered, until the grace period is over.
    await http.close(source, () => engine.rejectRequests());
    await engine.release();
    await flushTraces();
    log.info('stopped');
  };
  let stopped: Promise<void> | undefined;
  return { url, catalogue, threads, takeFigures, stop: () => (stopped ??= stop()) };
}

interface Opened {
  readonly catalogue: Catalogue;
  readonly guard: Guard;
  readonly certificate: TlsCertificate | undefined;
  readonly threads?: EngineThreads | undefined;
  readonly payloadLog: PayloadLog | undefined;
  readonly stopSenders: StopSenders | undefined;
  readonly metricsProviders: RunningMetricsProviders | undefined;
}

async function release(opened: Opened): Promise<void> {
  const { threads, catalogue, guard, certificate, payloadLog, stopSenders, metricsProviders } = opened;
  guard.close();
  certificate?.close();
  await metricsProviders?.stop();
  await threads?.close();
  await catalogue.close();
  await payloadLog?.close();
  await stopSenders?.();
}

/** What /health/ready says of web applications, where they are allowed. */
function toAppsState(catalogue: Catalogue, { allowApps }: Configuration): object {
  if (!allowApps) return {};
  const apps = catalogue.listApps();
  return {
    apps: apps.filter(({ served }) => served).length,
    broken_apps: apps.filter(({ problems }) => problems.length > 0),
  };
}

function openCatalogue(
  { deployments, allowModules, allowApps }: Configuration,
  log: Log,
  metrics: EngineMetrics,
): Promise<Catalogue> {
  return Catalogue.open(deployments, {
    allowModules,
    allowApps,
    watch: true,
    onServed: (deployment, version) => {
      metrics.noteLoad(deployment, 'served');
      log.info({ deployment, version }, 'deployment served');
    },
    onRemoved: (deployment) => {
      metrics.noteRemoved(deployment);
      log.info({ deployment }, 'deployment removed');
    },
    onUpstreamRequest: (deployment, outcome) => metrics.noteUpstreamRequest(deployment, outcome),
    onFolder: (code) => {
      if (code === undefined) log.info('deployments folder readable again');
      else
        log.error({ code }, 'deployments folder unreadable: what was loaded stays in service, changes are not noticed');
    },
    onUpstream: (deployment, state, failure) => {
      const line = { deployment, ...state, ...(failure && { cause: failure.message }) };
      if (state.status === 'ready' && !state.example) log.info(line, 'target');
      else log.warn(line, 'target');
    },
    onInvalid: ({ id, problems, served }, error) => {
      metrics.noteLoad(id, 'invalid');
      const { answer } = error;
      const detail = answer ? { answer } : 'cause' in error && { cause: describeCause(error.cause) };
      log.error({ deployment: id, problems, ...detail, served }, 'deployment invalid');
    },
    onAppServed: (deployment, files, bytes) => log.info({ deployment, files, bytes }, 'application served'),
    onAppInvalid: ({ id, problems, served }, error) => {
      const detail = 'cause' in error && { cause: describeCause(error.cause) };
      log.error({ deployment: id, problems, ...detail, served }, 'application invalid');
    },
    onAppRemoved: (deployment) => log.info({ deployment }, 'application removed'),
    onIgnored: (folder) => log.info({ folder, reason: 'no deployment.json' }, 'folder ignored'),
  });
}
