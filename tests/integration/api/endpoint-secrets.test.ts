import { afterAll, beforeAll, expect, it } from 'vitest';
import { StorageError } from '../../../shared/errors.ts';
import { removeLoose } from '../../../shared/jobs/loose-secrets.ts';
import { KEYS, openApiWorld, type ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const down = (): Promise<never> => Promise.reject(new StorageError('store.unavailable', 'Writing a row'));
const make = () => world.call('POST', '/endpoints', { key: KEYS.admin, body: { url: 'https://a.example/' } });
const secretOf = async (id: string) =>
  (await world.app.endpoints.read(id))?.endpoint.secret ?? expect.fail('it is gone');

it('a secret whose endpoint was never written is removed by housekeeping', async () => {
  const { app } = world;
  const create = app.secrets.create.bind(app.secrets);
  const made: Awaited<ReturnType<typeof create>>[] = [];
  app.secrets.create = async (...given) => {
    const ref = await create(...given);
    made.push(ref);
    return ref;
  };
  const insert = app.endpoints.create.bind(app.endpoints);
  app.endpoints.create = down;
  expect((await make()).body).toMatchObject({ status: 503, code: 'store.unavailable' });
  app.endpoints.create = insert;
  app.secrets.create = create;
  const [ref] = made;
  if (ref === undefined) return expect.fail('no secret was made');
  await removeLoose(app);
  expect(await app.secrets.latest(ref)).not.toBeNull();
  world.clock.move(2 * 3_600_000);
  await removeLoose(app);
  expect(await app.secrets.latest(ref)).toBeNull();
});

it('a secret that an endpoint names stays, though its note could not be taken away', async () => {
  const { app } = world;
  const remove = app.lookups.remove.bind(app.lookups);
  app.lookups.remove = down;
  const made = await make();
  app.lookups.remove = remove;
  expect(made.status).toBe(201);
  const ref = await secretOf(String(made.body['id']));
  world.clock.move(2 * 3_600_000);
  await removeLoose(app);
  expect(await app.secrets.latest(ref)).not.toBeNull();
});

it('a rotation that ends half way leaves the former secret as it was', async () => {
  const { app } = world;
  const id = String((await make()).body['id']);
  const before = await app.secrets.read(await secretOf(id));
  const replace = app.endpoints.replace.bind(app.endpoints);
  app.endpoints.replace = down;
  const rotate = () => world.call('POST', `/endpoints/${id}/rotate-secret`, { key: KEYS.admin, body: {} });
  expect((await rotate()).body).toMatchObject({ status: 503 });
  app.endpoints.replace = replace;
  expect(await app.secrets.read(await secretOf(id))).toBe(before);
  expect((await rotate()).status).toBe(200);
  expect(await app.secrets.read(await secretOf(id))).not.toBe(before);
});
