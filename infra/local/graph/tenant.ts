import type { ChangeListener } from './change-notes.ts';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { Mailbox } from './mailbox.ts';
import { createRandom, guidFrom } from './random.ts';
import type { Random } from './random.ts';
import { defaultSettings } from './settings.ts';
import type { Settings } from './settings.ts';

/** A person (or room, or shared box) of the tenant. Members may be changed in place. */
export interface User {
  /** Object id, a GUID; also the `oid` of tokens. */
  readonly id: string;
  readonly userPrincipalName: string;
  displayName: string;
  password: string;
  locale: string;
  kind: 'work' | 'personal';
  /** false: sign-in answers AADSTS50057, refresh too. */
  enabled: boolean;
  mailbox: 'ok' | 'notEnabled' | 'moving';
  consent: 'granted' | 'withdrawn' | 'adminRequired';
  mfa: boolean;
}

export interface NewUser {
  userPrincipalName: string;
  displayName?: string | undefined;
  password?: string | undefined;
  locale?: string | undefined;
  kind?: 'work' | 'personal' | undefined;
}

export interface AppRegistration {
  readonly clientId: string;
  secret: string;
  displayName: string;
  /** Exact addresses; besides them any loopback `.../api/oauth/microsoft/callback` is accepted. */
  redirectUris: string[];
  /** Application permissions that an administrator has granted, for client credentials. */
  roles: string[];
}

/** What an access token says. Without `user` it is app-only and `roles` count; with one `scopes` count. */
export interface Caller {
  app: AppRegistration;
  user?: User;
  scopes: readonly string[];
  roles: readonly string[];
}

/** The token table as Graph sees it; `mountEntra` puts it into the tenant. */
export interface BearerPort {
  check(token: string): Caller | 'unknown' | 'expired' | 'revoked';
  /** A ready access token without any sign-in, for `POST /control/tokens`. `seconds` = its life. */
  issue(caller: Caller, seconds: number): string;
}

export const TENANT_ID = '8f1d2c3b-4a59-4e68-9b7c-0d1e2f3a4b5c';
export const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
export const CLIENT_SECRET = 'local-secret';
export const DOMAIN = 'contoso.example';
export const DEFAULT_PASSWORD = 'Local-Passw0rd!';

const APP_ROLES = [
  'Mail.Read',
  'Mail.ReadWrite',
  'Mail.Send',
  'MailboxSettings.ReadWrite',
  'User.Read.All',
  'Calendars.ReadWrite',
  'Contacts.ReadWrite',
  'Tasks.ReadWrite.All',
  'Place.Read.All',
];

/** Everything the stand-in knows: users, apps, mailboxes, clock, chance, settings. One per server. */
export class Tenant {
  readonly id = TENANT_ID;
  readonly domain = DOMAIN;
  readonly clock: Clock;
  readonly seed: number;
  readonly random: Random;
  readonly settings: Settings = defaultSettings();
  bearer: BearerPort = { check: () => 'unknown', issue: () => '' };
  private readonly byId = new Map<string, User>();
  private readonly byName = new Map<string, User>();
  private readonly mailboxes = new Map<string, Mailbox>();
  private readonly registrations = new Map<string, AppRegistration>();
  private readonly listeners = new Set<ChangeListener>();

  constructor(options: { seed?: number | undefined; now?: (() => Date) | undefined } = {}) {
    this.seed = options.seed ?? 1;
    this.random = createRandom(this.seed);
    this.clock = createClock(options.now);
    this.addApp({
      clientId: CLIENT_ID,
      secret: CLIENT_SECRET,
      displayName: 'Outlook Sync',
      redirectUris: [],
      roles: [...APP_ROLES],
    });
  }

  users(): User[] {
    return [...this.byId.values()];
  }

  /** By user principal name (any case) or object id. */
  user(upnOrId: string): User | undefined {
    const key = upnOrId.toLowerCase();
    return this.byName.get(key) ?? this.byId.get(key);
  }

  /** Throws if the name is taken. */
  addUser(input: NewUser): User {
    const key = input.userPrincipalName.toLowerCase();
    if (this.byName.has(key)) throw new Error(`user ${input.userPrincipalName} is there already`);
    const user: User = {
      id: guidFrom(`${this.seed}/user/${key}`),
      userPrincipalName: input.userPrincipalName,
      displayName: input.displayName ?? nameFrom(input.userPrincipalName),
      password: input.password ?? DEFAULT_PASSWORD,
      locale: input.locale ?? 'en-US',
      kind: input.kind ?? 'work',
      enabled: true,
      mailbox: 'ok',
      consent: 'granted',
      mfa: false,
    };
    const mailbox = new Mailbox(user, this.clock);
    mailbox.onChange((change) => {
      for (const listener of this.listeners) listener(change);
    });
    this.byName.set(key, user);
    this.byId.set(user.id, user);
    this.mailboxes.set(user.id, mailbox);
    return user;
  }

  mailbox(user: User): Mailbox {
    const mailbox = this.mailboxes.get(user.id);
    if (mailbox === undefined) throw new Error('a user without a mailbox');
    return mailbox;
  }

  app(clientId: string): AppRegistration | undefined {
    return this.registrations.get(clientId.toLowerCase());
  }

  apps(): AppRegistration[] {
    return [...this.registrations.values()];
  }

  addApp(app: AppRegistration): void {
    this.registrations.set(app.clientId.toLowerCase(), app);
  }

  /** Hears every change of every mailbox but seeding. Returns the way to stop. */
  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function nameFrom(upn: string): string {
  const words = (upn.split('@')[0] ?? upn).split(/[._-]+/).filter((word) => word !== '');
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(' ');
}
