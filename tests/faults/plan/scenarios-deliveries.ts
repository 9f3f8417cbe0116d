import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import type { App } from '../../../shared/app.ts';
import { removeLoose } from '../../../shared/jobs/loose-secrets.ts';
import { vaultNames } from './account.ts';
import type { Caller } from './caller.ts';
import { callerOf } from './caller.ts';
import { checkRest, tenantDifferences } from './check.ts';
import { readPartition, readRows } from './partition.ts';
import { API_KEY, type FaultRig, type Mailbox } from './rig.ts';
import { arrive, sendRound, type Prepared, type Scenario } from './scenarios.ts';
import { standing } from './scenarios-connect.ts';
import type { Received } from './target.ts';

const HOUR_MS = 3_600_000;
const born = z.object({ id: z.string(), secret: z.string() });
const rotated = z.object({ secret: z.string() });

/** An endpoint of the application as it knows it. */
interface Endpoint {
  readonly id: string;
  /** The signing secrets that it was told, newest last. */
  readonly secrets: string[];
}

const json = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };

async function makeEndpoint(call: Caller, rig: FaultRig): Promise<Endpoint | null> {
  const body = JSON.stringify({ url: `${rig.proxies.target.url}/hook`, types: ['message.*', 'connection.*'] });
  const answer = await call('/api/endpoints', { method: 'POST', headers: json, body });
  if (answer.status !== 201) return null;
  const { id, secret } = born.parse(await answer.json());
  return { id, secrets: [secret] };
}

interface Delivering {
  readonly rig: FaultRig;
  readonly mailbox: Mailbox;
  readonly endpoint: Endpoint;
  readonly begin: (call: Caller) => Promise<boolean>;
  /** What is sent to the endpoint in the end; null = it is gone. */
  readonly wanted: number | null;
}

function prepared(given: Delivering): Prepared {
  const { rig, mailbox, begin, wanted } = given;
  const base = { rig, mailbox, expected: { told: {}, effects: {} }, request: null };
  return {
    ...base,
    life: {
      begin,
      rest: async () => {
        const told = new Set(receivedOf(given).map((one) => one.id)).size;
        const gone = wanted === null && (await rowsOf(given)).length > 0;
        return [
          ...(await checkRest(base)),
          ...(await waiting(given)),
          ...(wanted !== null && told < wanted ? [`${told} of ${wanted} were delivered`] : []),
          ...(gone ? ['rows of the endpoint stand'] : []),
        ];
      },
      end: (app) => wrongEnd(given, base, app),
    },
  };
}

const receivedOf = ({ rig, mailbox }: Delivering): readonly Received[] =>
  rig.target.received.filter((one) => one.connectionId === mailbox.connectionId);

/** Deliveries that stand in `due`. */
async function waiting({ rig, mailbox }: Delivering): Promise<string[]> {
  const due = await readRows(rig, 'due');
  return due
    .filter((row) => row['connectionId'] === mailbox.connectionId && /deliver/.test(String(row['partitionKey'])))
    .map((row) => `due is ${String(row['partitionKey'])}`);
}

/** All rows of the endpoint, in whatever table. */
async function rowsOf({ rig, endpoint }: Delivering): Promise<string[]> {
  const places = [...(await readRows(rig, 'endpoints')), ...(await readRows(rig, 'deliveries'))];
  return places
    .map((row) => JSON.stringify([row['partitionKey'], row.rowKey]))
    .filter((row) => row.includes(endpoint.id));
}

async function wrongEnd(given: Delivering, base: Prepared, app: App): Promise<string[]> {
  const { rig, mailbox, endpoint, wanted } = given;
  await removeLoose({ ...app, clock: { now: () => new Date(app.clock.now().getTime() + 2 * HOUR_MS) } });
  const partition = await readPartition(rig, mailbox.connectionId);
  const wrong = [...(await tenantDifferences(base, partition)), ...(await wrongSecret(given, app))];
  await retire(given, app);
  if (wanted === null) return wrong;
  const seqs = partition.changes.filter((change) => change.type.startsWith('message.')).map((change) => change.seq);
  const firsts = [...new Map(receivedOf(given).map((one) => [one.id, one.seq])).values()];
  const order = firsts.join();
  return [
    ...wrong,
    ...(order === seqs.toSorted((a, b) => a - b).join()
      ? []
      : [`delivered were ${order}, the feed has ${seqs.join()}`]),
    ...receivedOf(given).flatMap((one) =>
      isSigned(one, endpoint) ? [] : [`${one.type} has a signature of none of its secrets`],
    ),
  ];
}

function isSigned({ body, headers }: Received, { secrets }: Endpoint): boolean {
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  });
}

async function wrongSecret({ rig, endpoint, wanted }: Delivering, app: App): Promise<string[]> {
  const row = (await app.endpoints.read(endpoint.id))?.endpoint ?? null;
  const names = await vaultNames(rig);
  if (wanted === null) return row === null ? [] : ['the endpoint stands'];
  return row !== null && names.has(row.secret.name) ? [] : ['the endpoint lost its secret'];
}

/** Endpoints serve all connections: those of one case would be told of the next. */
async function retire({ endpoint }: Delivering, app: App): Promise<void> {
  await callerOf(app)(`/api/endpoints/${endpoint.id}`, { method: 'DELETE', headers: json });
  await app.deliveries.erase(endpoint.id);
  await app.endpoints.remove(endpoint.id);
}

async function beginning(rig: FaultRig, app: App): Promise<{ mailbox: Mailbox; endpoint: Endpoint }> {
  const mailbox = await standing(rig, app);
  const endpoint = await makeEndpoint(callerOf(app), rig);
  if (endpoint === null) throw new Error('the endpoint was refused');
  for (const subject of ['One', 'Two', 'Three']) await arrive(rig, mailbox, subject);
  return { mailbox, endpoint };
}

const round = async (rig: FaultRig, mailbox: Mailbox): Promise<boolean> => {
  await sendRound({ rig, mailbox, expected: { told: {}, effects: {} }, request: null });
  return true;
};

/** Changes that a round finds reach the application. */
export const delivering: Scenario = {
  name: 'deliver',
  prepare: async (rig, app) => {
    const { mailbox, endpoint } = await beginning(rig, app);
    return prepared({ rig, mailbox, endpoint, wanted: 3, begin: () => round(rig, mailbox) });
  },
};

/** The secret is rotated while changes are on their way: each delivery is signed by one that the application was told. */
export const rotating: Scenario = {
  name: 'deliver-rotate',
  prepare: async (rig, app) => {
    const { mailbox, endpoint } = await beginning(rig, app);
    let sent = false;
    const begin = async (call: Caller): Promise<boolean> => {
      sent ||= await round(rig, mailbox);
      const answer = await call(`/api/endpoints/${endpoint.id}/rotate-secret`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ overlapHours: 1 }),
      });
      if (answer.status > 299) return false;
      endpoint.secrets.push(rotated.parse(await answer.json()).secret);
      return true;
    };
    return prepared({ rig, mailbox, endpoint, wanted: 3, begin });
  },
};

/** The endpoint is deleted while changes are on their way: nothing of it stays. */
export const deletingEndpoint: Scenario = {
  name: 'deliver-delete',
  prepare: async (rig, app) => {
    const { mailbox, endpoint } = await beginning(rig, app);
    let sent = false;
    const begin = async (call: Caller): Promise<boolean> => {
      sent ||= await round(rig, mailbox);
      const answer = await call(`/api/endpoints/${endpoint.id}`, { method: 'DELETE', headers: json });
      return answer.status < 300 || answer.status === 404;
    };
    return prepared({ rig, mailbox, endpoint, wanted: null, begin });
  },
};

export const deliveryScenarios: readonly Scenario[] = [delivering, rotating, deletingEndpoint];
