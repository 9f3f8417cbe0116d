import { z } from 'zod';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { startMicrosoft, type MicrosoftServer } from '../../../infra/local/graph/server.ts';
import type { ClientCredential } from '../../../shared/config-credential.ts';
import type { Connection } from '../../../shared/engine/connection.ts';
import type { ConnectionStore, SecretStore } from '../../../shared/engine/directory-ports.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import type { SignInGrant } from '../../../shared/engine/remote-ports.ts';
import { openGraph, type Graph, type GraphSettings } from '../../../shared/graph/open.ts';
import { jsonLog } from '../../../shared/lib/log.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { MemoryConnections } from '../../support/memory-connections.ts';
import { MemorySecrets } from '../../support/memory-secrets.ts';
import { MemorySlots } from '../../support/memory-slots.ts';

const userSchema = z.object({ id: z.string(), userPrincipalName: z.string(), password: z.string() });
const requestsSchema = z.array(z.looseObject({ path: z.string(), method: z.string(), status: z.number() }));
const callbackSchema = z.object({ code: z.string(), client_info: z.string().nullish(), state: z.string() });

/** A clock that is as late as the real one plus what it was moved by. */
export class MovedClock {
  #byMs = 0;
  now(): Date {
    return new Date(Date.now() + this.#byMs);
  }
  move(ms: number): void {
    this.#byMs += ms;
  }
}

/** A local tenant, stores in memory, and as many workers on them as a test opens. */
export class Tenancy implements AsyncDisposable {
  readonly microsoft: MicrosoftServer;
  readonly clock = new MovedClock();
  readonly connections = new MemoryConnections();
  readonly secrets = new MemorySecrets();
  readonly lines: string[] = [];
  user = { id: '', userPrincipalName: '', password: '' };

  private constructor(microsoft: MicrosoftServer) {
    this.microsoft = microsoft;
  }

  static async start(): Promise<Tenancy> {
    const tenancy = new Tenancy(await startMicrosoft());
    tenancy.user = userSchema.parse(
      await tenancy.control('POST', '/users', {
        userPrincipalName: 'kim@contoso.com',
        displayName: 'Kim',
        messages: 3,
      }),
    );
    return tenancy;
  }

  /** One worker: its own memory, the same stores unless others are given. */
  worker(
    parts: {
      readonly connections?: ConnectionStore;
      readonly secrets?: SecretStore;
      readonly credential?: ClientCredential;
      /** Other addresses than the tenant's own: a proxy's, or another tenant's. */
      readonly authority?: string;
      readonly graph?: string;
    } = {},
  ): Graph {
    const { authority, graph } = { ...this.microsoft, ...parts };
    const config: GraphSettings = {
      microsoft: {
        clientId: '11111111-2222-4333-8444-555555555555',
        credential: parts.credential ?? { kind: 'secret', secret: 'local-secret' },
        tenantId: 'common',
        authorityHost: authority,
        graphBaseUrl: graph,
      },
      publicBaseUrl: 'http://127.0.0.1:7071',
      sync: { leaseMs: 30_000 },
    };
    return openGraph(config, {
      connections: parts.connections ?? this.connections,
      secrets: parts.secrets ?? this.secrets,
      slots: new MemorySlots(this.clock),
      clock: this.clock,
      random: systemRandom,
      log: jsonLog((_, line) => this.lines.push(line)),
    });
  }

  /** Signs the user in through the pages, as a browser would. */
  async signIn(graph: Graph, domains: readonly string[] = ['mail']): Promise<SignInGrant> {
    const { url, verifier, nonce } = await graph.signIn.begin({ state: 'st', domains, loginHint: null });
    const { userPrincipalName: username, password } = this.user;
    const { redirectTo } = await signIn(url, { username, password });
    const back = callbackSchema.parse(Object.fromEntries(new URL(redirectTo).searchParams));
    const { code, state, client_info: clientInfo = null } = back;
    return graph.signIn.finish({ code, state, clientInfo, verifier, nonce, domains });
  }

  /** A connection of that user, stored. */
  async connect(id = 'c-1', domains: readonly string[] = ['mail'], worker = this.worker()): Promise<Connection> {
    const grant = await this.signIn(worker, domains);
    const connection: Connection = {
      id,
      userId: 'u-1',
      workspaceId: null,
      account: grant.account,
      source: 'graph',
      domains: [...domains],
      settings: {},
      status: 'connected',
      reason: null,
      scopes: [...grant.scopes],
      secret: await this.secrets.create(id, grant.cache),
      refresh: null,
      copies: {},
      warnings: [],
      createdAt: '2026-03-10T09:30:00Z',
      updatedAt: '2026-03-10T09:30:00Z',
      lastErrorAt: null,
    };
    await this.connections.create(connection);
    return connection;
  }

  /** A source of that worker for the connection as it is stored now. */
  async source(graph: Graph, id = 'c-1'): Promise<Source> {
    const row = await this.row(id);
    return graph.sources.open(row, {
      assertHeld: () => undefined,
      restUntil: () => Promise.resolve(),
      release: () => Promise.resolve(),
    });
  }

  async row(id = 'c-1'): Promise<Connection> {
    const row = await this.connections.read(id);
    if (row === null) throw new Error('There is no such connection');
    return row.connection;
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.microsoft.control}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** How often the token endpoint was asked. */
  async tokenCalls(): Promise<number> {
    const requests = requestsSchema.parse(await this.control('GET', '/requests'));
    return requests.filter((one) => one.path.includes('/oauth2/v2.0/token')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.microsoft.close();
  }
}
