import type { z } from 'zod';
import { toBundle, toDeletedBundle, toDeletedItem, toItem, toVersionItem } from './bundles.ts';
import { VaultError, badParameter } from './errors.ts';
import { restoreBody, secretName, setBody, updateBody } from './schemas.ts';
import type { Secrets } from './secrets.ts';

export interface VaultRequest {
  readonly method: string;
  readonly url: URL;
  /** The vault's address as the client knows it. */
  readonly origin: string;
  /** Whether the client said which vault it means; else `origin` is only where the request arrived. */
  readonly named: boolean;
  readonly body: string;
}

export interface VaultAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Whether the answer stands for a change that must be on disk first. */
  readonly changed: boolean;
}

interface Call extends VaultRequest {
  readonly secrets: Secrets;
  readonly name: string;
  readonly version: string | undefined;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** Creations have a limit of their own. */
  readonly creates?: boolean;
  readonly run: (call: Call) => VaultAnswer;
}

const MAX_PAGE = 25;

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/secrets\/?$/, run: listSecrets },
  { method: 'POST', path: /^\/secrets\/restore$/, creates: true, run: restore },
  { method: 'GET', path: /^\/secrets\/(?<name>[^/]+)\/versions$/, run: listVersions },
  { method: 'POST', path: /^\/secrets\/(?<name>[^/]+)\/backup$/, run: backup },
  { method: 'PUT', path: /^\/secrets\/(?<name>[^/]+)\/?$/, creates: true, run: set },
  { method: 'DELETE', path: /^\/secrets\/(?<name>[^/]+)\/?$/, run: remove },
  { method: 'GET', path: /^\/secrets\/(?<name>[^/]+)(?:\/(?<version>[^/]*))?$/, run: get },
  { method: 'PATCH', path: /^\/secrets\/(?<name>[^/]+)(?:\/(?<version>[^/]*))?$/, run: update },
  { method: 'GET', path: /^\/deletedsecrets\/?$/, run: listDeleted },
  { method: 'GET', path: /^\/deletedsecrets\/(?<name>[^/]+)\/?$/, run: getDeleted },
  { method: 'DELETE', path: /^\/deletedsecrets\/(?<name>[^/]+)\/?$/, run: purge },
  { method: 'POST', path: /^\/deletedsecrets\/(?<name>[^/]+)\/recover$/, run: recover },
];

/** The limit that a request counts towards. */
export function limitOf({ method, url }: VaultRequest): 'creations' | 'others' {
  return findRoute(method, url)?.creates === true ? 'creations' : 'others';
}

/** Does what the request asks for, or throws a `VaultError`. */
export function answer(secrets: Secrets, request: VaultRequest): VaultAnswer {
  const route = findRoute(request.method, request.url);
  if (route === undefined) throw new VaultError(404, 'NotFound', 'There is no such operation.');
  // The SDK sends the parameter's own name percent-encoded; the URL has it decoded.
  if (!request.url.searchParams.has('api-version')) throw badParameter('api-version must be specified');
  const groups = route.path.exec(request.url.pathname)?.groups ?? {};
  const name = groups['name'];
  if (name !== undefined && !secretName.safeParse(name).success) {
    throw badParameter(`The request URI contains an invalid name: ${name}`);
  }
  const version = groups['version'] === '' ? undefined : groups['version'];
  return route.run({ ...request, secrets, name: name ?? '', version });
}

function findRoute(method: string, url: URL): Route | undefined {
  return routes.find((route) => route.method === method && route.path.test(url.pathname));
}

function set(call: Call): VaultAnswer {
  return changed(toBundle(call.origin, call.secrets.set(call.name, parse(setBody, call.body))));
}

function get(call: Call): VaultAnswer {
  return read(toBundle(call.origin, call.secrets.get(call.name, call.version)));
}

function update(call: Call): VaultAnswer {
  const found = call.secrets.update(call.name, call.version, parse(updateBody, call.body));
  return changed(toVersionItem(call.origin, found));
}

function listSecrets(call: Call): VaultAnswer {
  return page(
    call,
    call.secrets.list().map((found) => toItem(call.origin, found)),
  );
}

function listVersions(call: Call): VaultAnswer {
  return page(
    call,
    call.secrets.versions(call.name).map((found) => toVersionItem(call.origin, found)),
  );
}

function remove(call: Call): VaultAnswer {
  return changed(toDeletedBundle(call.origin, call.secrets.delete(call.name)));
}

function listDeleted(call: Call): VaultAnswer {
  return page(
    call,
    call.secrets.listDeleted().map((secret) => toDeletedItem(call.origin, secret)),
  );
}

function getDeleted(call: Call): VaultAnswer {
  return read(toDeletedBundle(call.origin, call.secrets.getDeleted(call.name)));
}

function recover(call: Call): VaultAnswer {
  return changed(toVersionItem(call.origin, call.secrets.recover(call.name)));
}

function purge(call: Call): VaultAnswer {
  call.secrets.purge(call.name);
  return { status: 204, changed: true };
}

function backup(call: Call): VaultAnswer {
  return read({ value: call.secrets.backup(call.name) });
}

function restore(call: Call): VaultAnswer {
  const { value } = parse(restoreBody, call.body);
  return changed(toVersionItem(call.origin, call.secrets.restore(value)));
}

/**
 * A page of a list; `nextLink` carries where the next one begins. The SDK follows an absolute link only to the vault that
 * it was made for, so a redirected client that has not named its vault gets a relative one.
 */
function page({ url, origin, named }: Call, items: readonly Record<string, unknown>[]): VaultAnswer {
  const size = Number(url.searchParams.get('maxresults') ?? MAX_PAGE);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) throw badParameter(`maxresults must be 1 to ${MAX_PAGE}`);
  const from = Number(url.searchParams.get('$skiptoken') ?? 0);
  const next = new URL(`${url.pathname}${url.search}`, origin);
  next.searchParams.set('$skiptoken', String(from + size));
  const nextLink = named ? next.href : next.pathname + next.search;
  return read({ value: items.slice(from, from + size), nextLink: from + size < items.length ? nextLink : null });
}

function read(body: unknown): VaultAnswer {
  return { status: 200, body, changed: false };
}

function changed(body: unknown): VaultAnswer {
  return { status: 200, body, changed: true };
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw badParameter('The request body must be a JSON object.');
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw badParameter(parsed.error.issues.map(({ message }) => message).join(' '));
  return parsed.data;
}
