/** Checks of authentication, and of the protection of passwords. */
import type { Check } from '../check.ts';
import { fail, notApplicable, NotRun, pass, type Outcome } from '../outcome.ts';
import { describe, isReply, type CredentialsKind, type Exchange, type Reply } from '../client/exchange.ts';
import type { DeploymentEvidence } from '../evidence/deployment-evidence.ts';
import { isLoopback } from '../evidence/scoring-url.ts';
import { toDiscoveryProbe, type EngineEvidence } from '../evidence/engine-evidence.ts';
import { toScoringProbe, type ScoringProbe } from '../evidence/scoring-probes.ts';
import type { EngineProbe } from '../evidence/engine-probes.ts';

const OPEN = 'no credentials were given to the check';
type WrongKind = Exclude<CredentialsKind, 'right'>;
const KINDS: readonly WrongKind[] = ['none', 'wrong', 'another-user', 'malformed'];

const WORDS = {
  none: 'without credentials',
  wrong: 'with a wrong password',
  'another-user': 'with another user name',
  malformed: 'with malformed credentials',
};

/** Authentication. */
export const securityChecks = {
  'auth-discovery-none': toDiscoveryCheck('none'),
  'auth-discovery-wrong': toDiscoveryCheck('wrong'),
  'auth-discovery-user': toDiscoveryCheck('another-user'),
  'auth-discovery-malformed': toDiscoveryCheck('malformed'),
  'auth-scoring-none': toScoringCheck('none'),
  'auth-scoring-wrong': toScoringCheck('wrong'),
  'auth-scoring-user': toScoringCheck('another-user'),
  'auth-scoring-malformed': toScoringCheck('malformed'),
  'auth-challenge': {
    scope: 'engine',
    level: 'required',
    statement: 'Every 401 has a WWW-Authenticate header.',
    why: 'Clients that wait for a challenge (RFC 9110, 11.6.1) never send the password otherwise.',
    fix: 'Send WWW-Authenticate: Basic realm="…" with every 401.',
    engineProbes: KINDS.map(toDiscoveryProbe),
    probes: KINDS.map(toScoringProbe),
    run: async (engine, deployments) => {
      if (!engine.hasCredentials) return notApplicable(OPEN);
      const exchanges: Exchange[] = [];
      for (const kind of KINDS) {
        if (engine.discoveryAbsence === undefined) exchanges.push(await engine.exchange(toDiscoveryProbe(kind)));
        for (const deployment of deployments) exchanges.push(await deployment.exchange(toScoringProbe(kind)));
      }
      const refusals = exchanges.filter(isReply).filter(({ status }) => status === 401);
      if (refusals.length === 0) return notApplicable('nothing was rejected with 401');
      const silent = refusals.filter(({ headers }) => (headers['www-authenticate'] ?? '') === '');
      return silent.length === 0
        ? pass()
        : fail(`${silent.length} of ${refusals.length} without the header`, 'the header');
    },
  },
  'auth-open': {
    scope: 'engine',
    level: 'informative',
    statement: 'The engine requires credentials.',
    why: 'Anyone who can reach an open engine can score with it. During development that may be what you want.',
    fix: 'Require Basic authentication; OpenScale supports it.',
    probes: ['batch'],
    run: async (engine, deployments) => {
      if (engine.hasCredentials) return notApplicable('credentials were given; see the checks above');
      const { status } = await readFirstReply(engine, deployments);
      if (status === 401 || status === 403) return pass(`${status}`);
      // A 400, 413 or 422 is about the rows: the call was not rejected for its missing credentials.
      const isOpen = status === 200 || (engine.discoveryAbsence !== undefined && [400, 413, 422].includes(status));
      if (!isOpen) throw new NotRun(`the status ${status} does not tell`);
      return fail('it answers without credentials', '401 without credentials');
    },
  },
  'auth-plain-http': {
    scope: 'engine',
    level: 'recommended',
    statement: 'Credentials are sent over TLS, or do not leave this machine.',
    why: 'Basic authentication sends the password unencrypted; over plain HTTP, anyone on the network path can read it.',
    fix: 'Put the engine behind HTTPS.',
    run: (engine) => {
      if (!engine.hasCredentials) return notApplicable(OPEN);
      const isSafe = engine.base.protocol === 'https:' || isLoopback(engine.base);
      return isSafe ? pass() : fail(`credentials over plain HTTP to ${engine.base.host}`, 'https');
    },
  },
} as const satisfies Record<string, Check>;

/** The response of discovery, or to the first scoring call if the engine is checked without discovery. */
async function readFirstReply(engine: EngineEvidence, [deployment]: readonly DeploymentEvidence[]): Promise<Reply> {
  if (engine.discoveryAbsence === undefined || !deployment) return engine.discoveryReply();
  const exchange = await deployment.exchange('batch');
  if (!isReply(exchange)) throw new NotRun('scoring did not respond; see scoring-answers');
  return exchange;
}

function toDiscoveryCheck(kind: WrongKind) {
  return {
    scope: 'engine',
    level: 'required',
    statement: `Discovery ${WORDS[kind]} is rejected with 401.`,
    why: 'The list reveals which models exist and what data they take.',
    fix: 'Require credentials on every route, before anything else.',
    engineProbes: [toDiscoveryProbe(kind)] as readonly EngineProbe[],
    run: async (engine: EngineEvidence) => {
      if (!engine.hasCredentials) return notApplicable(OPEN);
      await engine.discoveryBody();
      return judge401(await engine.exchange(toDiscoveryProbe(kind)));
    },
  } as const;
}

function toScoringCheck(kind: WrongKind) {
  return {
    scope: 'deployment',
    level: 'required',
    statement: `Scoring ${WORDS[kind]} is rejected with 401.`,
    why: 'If discovery requires the password, scoring must require it too.',
    fix: 'Require credentials on every route, before reading the body.',
    probes: [toScoringProbe(kind)] as readonly ScoringProbe[],
    run: async (deployment: DeploymentEvidence) => {
      if (!deployment.engine.hasCredentials) return notApplicable(OPEN);
      return judge401(await deployment.exchange(toScoringProbe(kind)));
    },
  } as const;
}

function judge401(exchange: Exchange): Outcome {
  return isReply(exchange) && exchange.status === 401 ? pass() : fail(describe(exchange), '401');
}
