import { setTimeout as wait } from 'node:timers/promises';
import { callerOf, checkMailbox, checkOwnMailbox, checkPermission, userOf } from './access.ts';
import { runBatch } from './batch.ts';
import { badRequest, errorReply } from './errors.ts';
import { afterFault, beforeFault, statusOf } from './fault-actions.ts';
import type { Outcome } from './fault-actions.ts';
import type { FaultAction, Faults } from './faults.ts';
import { GraphError } from './http.ts';
import type { GraphContext, GraphHandler, GraphRoutes, MailboxHandler, Needs, Reply, Req } from './http.ts';
import { idKindOf, preferenceApplied } from './prefer.ts';
import type { Random } from './random.ts';
import type { RequestLog } from './request-log.ts';
import { graphSegments, RouteTable } from './router.ts';
import type { Caller, Tenant, User } from './tenant.ts';
import type { Throttle } from './throttle.ts';

/** Graph takes no larger request. */
const LARGEST = 4 * 1024 * 1024;

type Route = { needs: Needs; plain: GraphHandler } | { needs: Needs; mailbox: MailboxHandler; pattern: string };

interface Call {
  req: Req;
  segments: readonly string[] | undefined;
  caller: Caller | GraphError;
  /** Whose data the path is about, as far as can be told. */
  user: User | undefined;
}

export interface GraphParts {
  tenant: Tenant;
  faults: Faults;
  requests: RequestLog;
  throttle: Throttle;
  random: Random;
}

/** Everything below `/v1.0`, for requests from the wire and out of batches alike. */
export class GraphService implements GraphRoutes {
  private readonly table = new RouteTable<Route>();
  private readonly parts: GraphParts;

  constructor(parts: GraphParts) {
    this.parts = parts;
  }

  on(method: string, pattern: string, needs: Needs, handler: GraphHandler): void {
    this.table.add(method, pattern, { needs, plain: handler });
  }

  onMailbox(method: string, pattern: string, needs: Needs, handler: MailboxHandler): void {
    const route = { needs, mailbox: handler, pattern };
    this.table.add(method, `/me${pattern}`, route);
    this.table.add(method, `/users/{user}${pattern}`, route);
  }

  /** Answers one request; `batch` is the number of the `$batch` around it. */
  async handle(req: Req, batch?: number): Promise<Outcome> {
    const { tenant, requests } = this.parts;
    const call = this.open(req);
    const user = call.user ?? (typeof call.caller === 'object' && 'user' in call.caller ? call.caller.user : undefined);
    const line = requests.begin(req, { at: tenant.clock.now(), upn: user?.userPrincipalName, batch });
    const started = performance.now();
    let outcome: Outcome | undefined;
    try {
      outcome = await this.throttled(call, batch === undefined ? line.n : undefined);
      return { ...outcome, reply: this.dress(req, outcome.reply) };
    } finally {
      requests.end(line, statusOf(outcome), performance.now() - started);
    }
  }

  private open(req: Req): Call {
    const segments = graphSegments(req.path.replace(/^\/v1\.0/i, ''));
    const caller = callerOf(req, this.parts.tenant);
    const [root, name] = segments ?? [];
    const own = caller instanceof GraphError ? undefined : caller.user;
    const user = root?.toLowerCase() === 'users' && name !== undefined ? this.parts.tenant.user(name) : own;
    return { req, segments, caller, user };
  }

  /** Takes a place of the mailbox's four for the time of the work. */
  private async throttled(call: Call, outer: number | undefined): Promise<Outcome> {
    const { caller, user, segments } = call;
    const isBatch = segments?.[0]?.toLowerCase() === '$batch';
    const outlook = /^(me|users)$/i.test(segments?.[0] ?? '') && !isBatch;
    let leave = (): void => undefined;
    try {
      if (outlook && user !== undefined && !(caller instanceof GraphError)) {
        leave = this.parts.throttle.enter(`${caller.app.clientId}|${user.id}`);
      }
      return await this.faulty(call, isBatch ? (outer ?? 0) : undefined);
    } catch (error) {
      if (error instanceof GraphError) return { reply: errorReply(call.req, error, this.parts.tenant.clock.now()) };
      throw error;
    } finally {
      leave();
    }
  }

  private async faulty(call: Call, batch: number | undefined): Promise<Outcome> {
    const { tenant, faults, random } = this.parts;
    const { req } = call;
    const path = req.url.replace(/^\/v1\.0/i, '');
    const body = req.body.toString('utf8');
    if (req.body.length > LARGEST) throw new GraphError(413, 'RequestEntityTooLarge', 'The request is too large.');
    const fault = faults.take({ method: req.method, path, upn: call.user?.userPrincipalName, body });
    const pause = (batch === undefined ? this.latency() : 0) + (fault?.kind === 'slow' ? fault.ms : 0);
    if (pause > 0) await wait(pause, undefined, { ref: false });
    const early = fault === undefined ? undefined : beforeFault(fault, req, tenant.clock.now());
    if (early !== undefined) return early;
    const outcome = batch === undefined ? { reply: await this.replied(call, fault) } : await this.batch(call, batch);
    return fault === undefined ? outcome : afterFault(fault, outcome, { req, now: tenant.clock.now(), random });
  }

  /** A refusal is an answer like any other: what spoils answers spoils it too. */
  private async replied(call: Call, fault: FaultAction | undefined): Promise<Reply> {
    try {
      return await this.answer(call, fault);
    } catch (error) {
      if (error instanceof GraphError) return errorReply(call.req, error, this.parts.tenant.clock.now());
      throw error;
    }
  }

  /** Of one request to a mailbox; a batch takes as long as those in it. */
  private latency(): number {
    const { latencyMs, jitterMs } = this.parts.tenant.settings;
    return latencyMs + (jitterMs > 0 ? this.parts.random.int(jitterMs + 1) : 0);
  }

  private async batch(call: Call, outer: number): Promise<Outcome> {
    if (call.req.method !== 'POST') throw methodNotAllowed();
    if (call.caller instanceof GraphError) throw call.caller;
    return runBatch(call.req, (inner) => this.handle(inner, outer), this.parts.random);
  }

  private async answer(call: Call, fault: FaultAction | undefined): Promise<Reply> {
    const { req, caller, segments } = call;
    const { tenant } = this.parts;
    const found = segments === undefined ? undefined : this.table.find(req.method, segments);
    if (caller instanceof GraphError) throw caller;
    if (found === 'method') throw methodNotAllowed();
    if (found === undefined) throw badRequest(`Resource not found for the segment '${segments?.at(-1) ?? ''}'.`);
    const { needs, ...route } = found.value;
    const shaped = { ...req, params: found.params };
    const context: GraphContext = { req: shaped, tenant, caller, idKind: idKindOf(req) };
    if (fault?.kind === 'empty-page' || fault?.kind === 'repeat-page') context.shape = fault.kind;
    if (!('mailbox' in route)) {
      checkPermission(caller, needs);
      return route.plain(context);
    }
    const user = userOf(caller, tenant, found.params['user']);
    checkPermission(caller, needs);
    if (route.pattern !== '') {
      if (needs.shared !== true) checkOwnMailbox(caller, user);
      checkMailbox(user);
    }
    return route.mailbox({ ...context, user, mailbox: tenant.mailbox(user) });
  }

  /** The headers that every reply of Graph has. */
  private dress(req: Req, reply: Reply): Reply {
    const headers: Record<string, string> = {
      'cache-control': 'private',
      'request-id': req.requestId,
      'client-request-id': req.headers['client-request-id'] ?? req.requestId,
      date: this.parts.tenant.clock.now().toUTCString(),
      'x-ms-ags-diagnostic': `{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"003","RoleInstance":"AM2PEPF0001C5F0"}}`,
    };
    if (typeof reply.body === 'object' && reply.body !== null) {
      headers['content-type'] =
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
    }
    const applied = preferenceApplied(req, /delta/i.test(req.path));
    if (applied !== undefined && reply.status < 300) headers['preference-applied'] = applied;
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }
}

function methodNotAllowed(): GraphError {
  return new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
}
