import { storedTexts } from '../../support/stored-texts.ts';
import { BODY_MARK } from '../plan/leaks.ts';
import { API_KEY, CLIENT_SECRET } from '../plan/rig.ts';
import type { ProgramWorld } from './world.ts';

/** Remembers the secrets that went over the wire, and finds them where they must not be (P16). */
export class SecretWatch {
  readonly #world: ProgramWorld;
  readonly #secrets = new Set(['Pa55-word!', CLIENT_SECRET, API_KEY, BODY_MARK]);
  readonly #messages: string[] = [];

  constructor(world: ProgramWorld) {
    this.#world = world;
  }

  /** Takes in what the proxies have seen since they last forgot. */
  collect(): void {
    const { graph, entra, queue } = this.#world.rig.proxies;
    for (const { headers } of graph.requests) this.#keep(headers.authorization?.replace(/^Bearer /, ''));
    for (const { body } of entra.requests) {
      const form = new URLSearchParams(body.toString());
      for (const field of ['refresh_token', 'code', 'code_verifier', 'client_assertion'])
        this.#keep(form.get(field) ?? undefined);
    }
    for (const { body } of queue.requests) {
      const text = /<MessageText>([^<]+)</.exec(body.toString())?.[1];
      if (text !== undefined) this.#messages.push(Buffer.from(text, 'base64').toString());
    }
  }

  /** Where a secret stands that must not. */
  async leaks(): Promise<string[]> {
    const places = {
      row: (await storedTexts(this.#world.rig.azurite.connectionString)).join('\n'),
      message: this.#messages.join('\n'),
      log: this.#world.lines.join('\n'),
    };
    return Object.entries(places).flatMap(([place, text]) =>
      [...this.#secrets]
        .filter((secret) => text.includes(secret))
        .map((secret) => `a ${place} holds ${secret.slice(0, 12)}`),
    );
  }

  #keep(secret: string | undefined): void {
    if (secret !== undefined && secret.length > 8) this.#secrets.add(secret);
  }
}
