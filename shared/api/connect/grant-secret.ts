import type { SecretRef } from '../../engine/connection.ts';
import { codeOf } from '../../errors.ts';
import { noteLoose, settleLoose } from '../../jobs/loose-secrets.ts';
import type { ApiPorts } from '../ports.ts';

/**
 * Puts a grant into a vault, under a new name that was noted before: until a row names it, housekeeping may find it by its
 * note. Answers the note, to be settled once a row does.
 */
export async function createSecret(
  ports: ApiPorts,
  connectionId: string,
  cache: string,
): Promise<{ readonly secret: SecretRef; readonly note: string }> {
  const notes: string[] = [];
  const secret = await ports.secrets.create(connectionId, cache, async (place) => {
    notes.push(await noteLoose(ports, connectionId, place));
  });
  return { secret, note: notes.join() };
}

/**
 * Takes a secret away that no row names any more. Where its vault cannot be reached its note stays, and housekeeping goes on
 * trying; the grant in it is superseded all the same.
 */
export async function removeSecret(ports: ApiPorts, secret: SecretRef, note: string): Promise<void> {
  try {
    await ports.secrets.remove(secret);
    await settleLoose(ports, note);
  } catch (error) {
    ports.log.warn('secret.not_removed', { vault: secret.vault, 'error.code': codeOf(error) });
  }
}
